// A browser for tests of pages, where the machine has one.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** For the option of a test. */
export const whyNoBrowser: string | false =
  path === undefined ? 'skipped: no chromium; apt-get install chromium' : false;

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #folder = mkdtempSync(join(tmpdir(), 'polyloop-page-'));
  #pages = 0;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(args: readonly string[] = []): Promise<TestBrowser> {
    const options = { executablePath: path ?? '', args: ['--no-sandbox', ...args] };
    return new TestBrowser(await chromium.launch(options));
  }

  /** A file beside the pages; its path. */
  file(name: string, text: string): string {
    const file = join(this.#folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Opens HTML from a file. What the page asked of the network and complained of is in `said`. */
  async open(html: string, options: BrowserContextOptions = {}): Promise<{ page: Page; said: string[] }> {
    const page = await this.newPage({ viewport: { width: 1_280, height: 900 }, ...options });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) said.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(this.file(`${++this.#pages}.html`, html)).href);
    return { page, said };
  }

  async newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.#browser.newPage(options);
    page.setDefaultTimeout(20_000);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// The page in a browser, as it is read.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Locator, Page } from 'playwright-core';

import type { TaskEnd } from '../../src/report/history.ts';
import { reportPage } from '../../src/report/page.ts';
import { chromeTrace } from '../../src/report/trace.ts';
import { TestBrowser, whyNoBrowser } from '../support/browser.ts';
import { historyOf } from '../support/histories.ts';
import {
  age,
  collisions,
  elementsWithSmallText,
  noteTexts,
  overflow,
  redOfPaper,
  scrolled,
  zoomMs,
} from './in-page.js';

const usual = reportPage(historyOf({ tasks: 3_000, ms: 400 }));

/** The plot of a chart, scrolled to, and where it is. */
async function plotOf(page: Page, chart: string): Promise<{ plot: Locator; x: number; y: number; width: number }> {
  const plot = page.locator(`[data-chart=${chart}] .u-over`);
  await plot.scrollIntoViewIfNeeded();
  await page.evaluate(scrolled);
  const { x = 0, y = 0, width = 0 } = (await plot.boundingBox()) ?? {};
  return { plot, x, y, width };
}

const shown = (page: Page): Promise<string | null> => page.locator('.zoom output').textContent();
const tip = (page: Page): Locator => page.getByRole('tooltip');

describe('the page in a browser', { skip: whyNoBrowser }, () => {
  let browser: TestBrowser;
  before(async () => {
    browser = await TestBrowser.start();
  });
  after(() => browser[Symbol.asyncDispose]());

  it('opens from a file, asks nothing of the network and complains of nothing', async () => {
    const { page, said } = await browser.open(usual);
    const charts = ['timeline', 'rates', 'in-flight', 'histogram', 'waits', 'lag', 'memory', 'busy'];
    for (const chart of charts) assert.equal(await page.locator(`[data-chart=${chart}] canvas`).count(), 1, chart);
    assert.deepEqual(said, []);
    await page.close();
  });

  it('every kind of run is drawn', async () => {
    const none = historyOf({ tasks: 0 });
    const end = { seq: 1, input: 'a', ok: true, attempts: 1, worker: 1, startMs: 0, ms: 0, waitMs: 0 };
    const all = [
      [],
      [end],
      [{ ...end, worker: 0, ok: false }],
      Array.from({ length: 40 }, (_, n) => ({ ...end, seq: n + 1, worker: n, ok: false })),
    ];
    for (const ends of all) {
      const { page, said } = await browser.open(reportPage({ ...none, ends }));
      assert.deepEqual(said, []);
      await page.close();
    }
  });

  it('what users wrote stays text, also where it is hovered over', async () => {
    const evil = `</script><img src=x onerror="document.title='owned'">`;
    const end = { seq: 1, input: evil, ok: false, attempts: 1, worker: 1, startMs: 0, ms: 1_000, waitMs: 1 };
    const error = { name: evil, message: evil, stack: evil };
    const history = { ...historyOf({ tasks: 0 }), fn: evil, ends: [{ ...end, error }], durationMs: 1_000 };
    const { page, said } = await browser.open(reportPage(history));
    const { x, y, width } = await plotOf(page, 'timeline');
    await page.mouse.move(x + width / 2, y + 12);
    assert.ok((await tip(page).textContent())?.includes(evil));
    assert.equal(await page.locator('img').count(), 0);
    assert.doesNotMatch(await page.title(), /^owned/);
    assert.deepEqual(said, []);
    await page.close();
  });

  it('the timeline tells of the task under the pointer', async () => {
    const { page } = await browser.open(usual);
    const { x, y, width } = await plotOf(page, 'timeline');
    await page.mouse.move(x + width / 3, y + 12);
    const told = await tip(page).textContent();
    assert.match(told ?? '', /Task [\d,]+input.*products.*worker1began.*took.*waited.*attempts/);
    await page.mouse.move(x + width / 3, y - 100);
    assert.equal(await tip(page).isVisible(), false);
    await page.close();
  });

  it('dragging zooms all charts over time, and a double click shows the whole run again', async () => {
    const { page } = await browser.open(usual);
    const whole = await shown(page);
    const picture = (chart: string): Promise<Buffer> => page.locator(`[data-chart=${chart}]`).screenshot();
    const lag = await picture('lag');
    const { x, y, width } = await plotOf(page, 'timeline');
    await page.mouse.move(x + width * 0.25, y + 50);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + 60, { steps: 4 });
    await page.mouse.up();
    assert.match((await shown(page)) ?? '', /^Showing [\d.]+\u00a0s to [\d.]+\u00a0s of/);
    assert.notDeepEqual(await picture('lag'), lag);
    const again = await plotOf(page, 'rates');
    await page.mouse.dblclick(again.x + again.width / 2, again.y + 50);
    assert.equal(await shown(page), whole);
    await page.close();
  });

  it('buttons, keys and the wheel with ctrl zoom and move', async () => {
    const { page } = await browser.open(usual);
    const whole = await shown(page);
    const seen = [whole];
    for (const name of ['Zoom in', 'Zoom in', 'Later', 'Earlier', 'Zoom out', 'Whole run']) {
      await page.getByRole('button', { name }).click();
      seen.push(await shown(page));
    }
    assert.equal(seen.at(-1), whole);
    assert.equal(new Set(seen.slice(0, 4)).size, 4);
    await page.locator('[data-chart=timeline]').focus();
    await page.keyboard.press('+');
    assert.notEqual(await shown(page), whole);
    await page.keyboard.press('0');
    assert.equal(await shown(page), whole);
    const { x, y } = await plotOf(page, 'timeline');
    await page.mouse.move(x + 300, y + 50);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await page.locator('.zoom output').filter({ hasText: ' to ' }).waitFor();
    await page.close();
  });

  it('is dark where the reader prefers it, and changes with that', async () => {
    const { page } = await browser.open(usual, { colorScheme: 'dark' });
    assert.ok((await page.evaluate(redOfPaper)) < 60);
    const night = await page.locator('[data-chart=rates]').screenshot();
    await page.emulateMedia({ colorScheme: 'light' });
    assert.ok((await page.evaluate(redOfPaper)) > 200);
    assert.notDeepEqual(await page.locator('[data-chart=rates]').screenshot(), night);
    await page.close();
  });

  it('fits a phone: nothing is wider than the screen, and no text is small', async () => {
    const { page } = await browser.open(usual, { viewport: { width: 360, height: 740 }, hasTouch: true });
    assert.ok((await page.evaluate(overflow)) <= 0);
    assert.deepEqual(await page.evaluate(elementsWithSmallText), []);
    const { x, y } = await plotOf(page, 'timeline');
    await page.touchscreen.tap(x + 100, y + 12);
    assert.match((await tip(page).textContent()) ?? '', /Task/);
    await page.close();
  });

  it('all failures can be looked through and searched, each kind by itself, once somebody asks for them', async () => {
    const { ends, ...rest } = historyOf({ tasks: 1_000 });
    const all: TaskEnd[] = [];
    for (const [at, end] of ends.entries()) {
      const error =
        at % 10 === 0 ? { name: 'RareError', message: 'odd' } : { name: 'ParseError', message: `No price in '${at}'` };
      all.push({ ...end, seq: at + 1, input: `input <b>${at + 1}</b>`, ok: false, error });
    }
    const { page, said } = await browser.open(reportPage({ ...rest, ends: all }), {
      viewport: { width: 390, height: 740 },
    });
    const list = page.locator('details[data-failures="0"]');
    const rows = list.locator('tbody tr');
    assert.equal(await rows.count(), 0);
    await list.getByText('All 900 tasks').click();
    await rows.first().waitFor();
    assert.equal(await rows.count(), 100);
    assert.match((await rows.first().textContent()) ?? '', /^2input <b>2<\/b>ParseError: No price in '1'/);
    await list.getByRole('button', { name: 'Last' }).click();
    assert.equal(await list.locator('output').textContent(), '801 to 900 of 900 tasks');
    assert.match((await rows.last().textContent()) ?? '', /^1,000input/);
    assert.equal(await list.getByRole('button', { name: 'Later' }).isEnabled(), false);
    await list.getByRole('searchbox').fill('B>777<');
    assert.equal(await list.locator('output').textContent(), '1 task');
    assert.match((await rows.first().textContent()) ?? '', /^777input/);
    assert.ok((await page.evaluate(overflow)) <= 0);
    assert.deepEqual(await page.evaluate(elementsWithSmallText), []);
    assert.deepEqual(said, []);
    await page.close();
  });

  it('names along the foot of a chart do not run into one another on a phone, however long things took', async () => {
    for (const [ms, slots] of [
      [5, 16],
      [400, 1],
      [30_000, 16],
      [1_000_000, 16],
    ] as const) {
      const page = reportPage(historyOf({ tasks: ms > 1e5 ? 90 : 2_000, ms, slots }));
      const noted = page.replace('<script>', `<script>(${String(noteTexts)})();</script><script>`);
      const { page: opened } = await browser.open(noted, { viewport: { width: 390, height: 740 } });
      for (const chart of ['waits', 'histogram'])
        assert.deepEqual(await opened.evaluate(collisions, chart), [], `${chart} of ${ms} ms`);
      await opened.close();
    }
  });

  it('two fingers zoom, and one moves what is seen', async () => {
    const { page } = await browser.open(usual, { viewport: { width: 360, height: 740 }, hasTouch: true });
    const whole = await shown(page);
    const { x, y } = await plotOf(page, 'timeline');
    const screen = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...fingers: readonly number[]): Promise<unknown> =>
      screen.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: fingers.map((at, id) => ({ x: x + at, y: y + 40, id })),
      });
    await touch('touchStart', 100, 140);
    for (const spread of [5, 20, 40]) await touch('touchMove', 100 - spread, 140 + spread);
    await touch('touchEnd');
    const zoomed = await shown(page);
    assert.notEqual(zoomed, whole);
    await touch('touchStart', 100);
    for (const at of [110, 130, 180]) await touch('touchMove', at);
    await touch('touchEnd');
    assert.notEqual(await shown(page), zoomed);
    await page.close();
  });

  it('a hundred thousand tasks are soon there and zoom at once', async () => {
    const { page, said } = await browser.open(reportPage(historyOf({ tasks: 100_000, ms: 30 })));
    const readyMs = await page.evaluate(age);
    const redrawMs = await page.evaluate(zoomMs);
    console.log(`ready after ${Math.round(readyMs)} ms, a zoom takes ${Math.round(redrawMs)} ms`);
    assert.ok(readyMs < 6_000, `${readyMs} ms until it was ready`);
    assert.ok(redrawMs < 400, `${redrawMs} ms for a zoom`);
    assert.deepEqual(said, []);
    await page.close();
  });
});

it('another program reads the trace', { skip: whyNoBrowser }, async () => {
  await using browser = await TestBrowser.start(['--allow-file-access-from-files']);
  const trace = [...chromeTrace(historyOf({ tasks: 500 }))].join('');
  const profile = browser.file(
    'profile.js',
    `speedscope.loadFileFromBase64('trace.json', '${Buffer.from(trace).toString('base64')}')`,
  );
  const viewer = new URL('./dist/release/index.html', import.meta.resolve('speedscope/package.json'));
  const page = await browser.newPage();
  await page.goto(`${pathToFileURL(fileURLToPath(viewer)).href}#localProfilePath=${profile}`);
  await page.getByText('worker 1 (pid 1), slot 1 (tid 0) (1/64)').waitFor();
});

// Which modules a worker can make the caller load. An instance of a portable class names the module of its class; where the
// caller does not have the class yet, it loads that module, and so runs its code. What a worker sends is data, so it chooses
// among modules that the caller has named itself, and never names a new one. SECURITY.md says who trusts whom.
//
// This file is the option, its check and its decision.
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

import { arrayEvery, arraySome } from '../task/arrays.ts';
import { emptyScope } from '../task/async-context.ts';
import { hrefOf } from '../task/brands.ts';
import { clearTimeout, NativePromise, promiseThen, setTimeout } from '../task/platform.ts';
import { realm } from '../task/realm.ts';
import { isCode, type ModuleLoader } from '../wire/module-loader.ts';
import { placed } from '../wire/syntax-place.ts';

/** A module, or, with a `/` at its end, a folder of modules: a URL, or an absolute path. */
export type AllowedModule = string | URL;

/** What the option takes, where this is not it. */
export function checkAllowModules(value: unknown): string | undefined {
  const takes =
    "takes an array of `file:` URLs or absolute paths; one that ends in '/' stands for all modules of a folder";
  if (!Array.isArray(value)) return takes;
  return arrayEvery(value, (module) => urlOf(module)?.protocol === 'file:') ? undefined : takes;
}

export class CallerModules implements ModuleLoader {
  readonly #modules = new Set<string>();
  readonly #folders: string[] = [];
  readonly #timeoutMs: number;

  constructor(allowed: readonly AllowedModule[], timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    for (const module of allowed) {
      const href = urlOf(module)?.href;
      if (href?.endsWith('/') === true) this.#folders[this.#folders.length] = href;
      else if (href !== undefined) this.#modules.add(href);
    }
  }

  whyNot(url: string): string | undefined {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || isCode(parsed)) return 'a worker cannot make its caller load code from such a URL';
    if (isNamedHere(url) || this.#modules.has(parsed.href)) return undefined;
    // With a query it would be loaded anew for each one.
    const isPlain = parsed.search === '' && parsed.hash === '' && parsed.protocol === 'file:';
    if (isPlain && arraySome(this.#folders, (folder) => parsed.href.startsWith(folder))) return undefined;
    return 'this program has neither loaded nor named that module. Import the module here, or allow it with the option `allowModules`';
  }

  async load(url: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new NativePromise<never>((_resolve, reject) => {
      const timeoutMs = this.#timeoutMs;
      if (timeoutMs === Infinity) return;
      timer = setTimeout(() => reject(new Error(`${url} had not loaded after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await new NativePromise<void>((resolve, reject) => {
        void promiseThen(late, undefined, reject);
        // Not with the module itself, which may export a `then`.
        void promiseThen(emptyScope(importModule, url), () => resolve(), reject);
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The caller has a task function of that module, or has named one by `tasksFrom`, or has loaded a portable class of it. */
function isNamedHere(url: string): boolean {
  if (realm.references.has(url) || realm.functions.has(url)) return true;
  for (const portable of realm.portablesByIdentity.values()) if (portable.url === url) return true;
  return false;
}

function urlOf(module: unknown): URL | undefined {
  const href = hrefOf(module);
  if (href !== undefined) return new URL(href);
  if (typeof module !== 'string') return undefined;
  if (isAbsolute(module)) return pathToFileURL(module);
  return URL.canParse(module) ? new URL(module) : undefined;
}

async function importModule(url: string): Promise<unknown> {
  try {
    return (await import(url)) as unknown;
  } catch (error) {
    throw await placed(error, url);
  }
}

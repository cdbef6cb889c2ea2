// Finds the function that a number stands for: loads its module once, then looks where `task()` registered it, then
// among the module's exports.
import types from 'node:util/types';

import { emptyScope } from '../task/async-context.ts';
import { PolyloopBugError, TaskNotFoundError } from '../errors.ts';
import type { WorkerKind } from '../task/context.ts';
import { promiseThen } from '../task/platform.ts';
import { realm } from '../task/realm.ts';
import { isCode, type ModuleLoader } from '../wire/module-loader.ts';
import { placed } from '../wire/syntax-place.ts';
import { exported, type FoundFunction } from './exported.ts';

/** A function whose tasks have ended at once so often is taken for one whose tasks always do. */
const provenAfter = 64;

/** A task function, ready to be called. */
export class LoadedFunction {
  readonly fn: (...args: unknown[]) => unknown;
  /** What its `this` is. */
  readonly self: unknown;
  readonly name: string;
  /** It is async, or has returned a promise: its tasks go on after they were started. */
  goesOn: boolean;
  #endedAtOnce = 0;

  constructor({ fn, self }: FoundFunction) {
    this.fn = fn as (...args: unknown[]) => unknown;
    this.self = self;
    this.name = fn.name;
    this.goesOn = types.isAsyncFunction(fn);
  }

  /** One more of its tasks has ended at once. */
  hasEndedAtOnce(): void {
    this.#endedAtOnce++;
  }

  /** It seems that all its tasks end at once. */
  get endsAtOnce(): boolean {
    return !this.goesOn && this.#endedAtOnce >= provenAfter;
  }
}

/** The task functions that a worker was told of, by number. */
export class Functions {
  readonly #byNumber: (LoadedFunction | Promise<LoadedFunction> | undefined)[] = [];

  /** Begins to load the function; {@link get} has it, or the promise of it. */
  define(number: number, url: string, name: string, kind: WorkerKind): void {
    const found = findFunction(url, name, kind);
    if (!types.isPromise(found)) {
      this.#byNumber[number] = new LoadedFunction(found);
      return;
    }
    const loading = promiseThen(found, (fn) => new LoadedFunction(fn));
    this.#byNumber[number] = loading;
    void promiseThen(
      loading,
      (fn) => {
        this.#byNumber[number] = fn;
      },
      () => {
        // Each call that waits for it gets the failure.
      },
    );
  }

  get(number: number): LoadedFunction | Promise<LoadedFunction> {
    const found = this.#byNumber[number];
    if (found === undefined) throw new PolyloopBugError(`task function ${number} was never defined`);
    return found;
  }
}

/**
 * The function, at once when its module has loaded: its tasks are not to be overtaken by later ones. Inline it is also there
 * while the module still runs, which may be the very one that waits for the task, and would wait for itself.
 */
export function findFunction(url: string, name: string, kind: WorkerKind): FoundFunction | Promise<FoundFunction> {
  const module = refused.has(url) ? undefined : loaded.get(url);
  if (module === undefined) return (kind === 'inline' ? registered(url, name) : undefined) ?? loadFunction(url, name);
  try {
    return functionIn(module, url, name) ?? loadFunction(url, name);
  } catch {
    return loadFunction(url, name);
  }
}

async function loadFunction(url: string, name: string): Promise<FoundFunction> {
  const module = await loadModule(url);
  const found = functionIn(module, url, name);
  if (found !== undefined) return found;
  const offers = new Set(realm.functions.get(url)?.keys());
  for (const [key, value] of Object.entries(module)) if (typeof value === 'function') offers.add(key);
  throw new TaskNotFoundError(url, name, [...offers]);
}

function functionIn(module: Record<string, unknown>, url: string, name: string): FoundFunction | undefined {
  return registered(url, name) ?? exported(module, name, url);
}

function registered(url: string, name: string): FoundFunction | undefined {
  const fn = realm.functions.get(url)?.get(name);
  return fn && { fn, self: undefined };
}

const refused = new Map<string, Error>();
/** Modules that have loaded. Node would find them again, but by the `then` of promises, which may have been replaced. */
const loaded = new Map<string, Record<string, unknown>>();

async function importModule(url: string): Promise<unknown> {
  try {
    return (await import(url)) as unknown;
  } catch (error) {
    throw await placed(error, url);
  }
}

/** Imports a module. One that started a pool on the way fails, now and later, even if it took care not to show it. */
export async function loadModule(url: string): Promise<Record<string, unknown>> {
  const before = realm.refusedPool;
  const module = loaded.get(url) ?? ((await emptyScope(importModule, url)) as Record<string, unknown>);
  loaded.set(url, module);
  if (realm.refusedPool !== undefined && realm.refusedPool !== before) refused.set(url, realm.refusedPool);
  const refusal = refused.get(url);
  if (refusal !== undefined) throw refusal;
  return module;
}

/**
 * How the module of a portable class is loaded, whose instance the caller sends. The caller is trusted with code: it names
 * the task functions. But an instance is data, which may come from elsewhere, so it never leads to code outside of files.
 */
export const classModules: ModuleLoader = {
  whyNot: (url) =>
    URL.canParse(url) && !isCode(new URL(url)) ? undefined : 'data never makes a worker load code from such a URL',
  load: loadModule,
};

// Finds a function among the exports of a module, and what its `this` is. A function that is a property of an object is a
// method of it, as in the module itself: `module.exports.add` and a method of a default export have that object. A named export
// of an ES module, and a function that `task()` has registered, stand for themselves and have none.
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

import { read } from '../task/foreign.ts';
import type { AnyFunction } from '../task/task-function.ts';

export interface FoundFunction {
  readonly fn: AnyFunction;
  /** What its `this` is. */
  readonly self: unknown;
}

/** The function that a module exports by this name; undefined where it exports none. */
export function exported(module: Record<string, unknown>, name: string, url: string): FoundFunction | undefined {
  const direct = module[name];
  const owner = module['default'];
  if (typeof direct === 'function') {
    const isMethod = name !== 'default' && name !== 'module.exports' && isCommonJs(module, url);
    return { fn: direct as AnyFunction, self: isMethod ? owner : undefined };
  }
  // Where Node cannot see a CommonJS module's names from outside, they are on its default export.
  const inside = (owner as Record<string, unknown> | null | undefined)?.[name];
  return typeof inside === 'function' ? { fn: inside as AnyFunction, self: owner } : undefined;
}

/** Calls it as a method of what it belongs to. */
export function callFound({ fn, self }: FoundFunction, args: readonly unknown[]): unknown {
  return Reflect.apply(fn as (...args: unknown[]) => unknown, self, args);
}

/** The named exports of a CommonJS module are properties of its default export. Before Node 23 only the cache of `require` shows that it is one. */
function isCommonJs(module: Record<string, unknown>, url: string): boolean {
  if ('module.exports' in module) return true;
  const path = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  if (path === undefined || !isAbsolute(path)) return false;
  const { createRequire } = process.getBuiltinModule('node:module');
  const cached = createRequire(path).cache[path];
  return cached !== undefined && read(cached, 'exports') === module['default'];
}

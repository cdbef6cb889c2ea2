// The user's module: loaded once in each worker, and the functions in it that are called.
import { findPackageJSON } from 'node:module';

import { TaskNotFoundError } from '../../index.ts';
import { isTakenForCommonJs, picturedFile, placed } from '../../wire/syntax-place.ts';
import { messageOf } from '../message-of.ts';

/** The module could not be loaded or set up: no input will fare better. */
export class ModuleLoadError extends Error {
  override readonly name = 'ModuleLoadError';
}

export type UserFunction = (...args: unknown[]) => unknown;

/** Where an error comes from, as far as the head of its stack says so: Node's picture of the place, or a frame that is not of Node. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [pictured] = /^\S.*:\d+(?=\n)/.exec(stack) ?? [];
  const [, thrown] = /^\s+at (?:.* \()?(\S+:\d+:\d+)\)?$/m.exec(stack) ?? [];
  const place = pictured ?? thrown;
  return place === undefined || place.startsWith('node:') ? '' : ` (${place})`;
}

/** Loads it. Throws a {@link ModuleLoadError} that says what is wrong with it, and where. */
export async function load(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (thrown) {
    const cause = await placed(thrown, url);
    throw new ModuleLoadError(`Cannot load ${url}: ${whyNot(cause)}${placeOf(cause)}`, { cause });
  }
}

/** A function of it. Throws a {@link TaskNotFoundError} that names those that there are. */
export function find(module: Record<string, unknown>, url: string, name: string): UserFunction {
  const inside = module['default'] as Record<string, unknown> | undefined;
  const found = module[name] ?? inside?.[name];
  if (typeof found === 'function') {
    // A property of `module.exports`, or of a default export, is called as a method of it, as the library does.
    return (inside?.[name] === found ? found.bind(inside) : found) as UserFunction;
  }
  const offers = new Set(Object.keys(module).filter((key) => typeof module[key] === 'function'));
  // What a CommonJS module exports is all in its default export.
  if (typeof inside === 'object' && inside !== null)
    for (const key of Object.keys(inside)) if (typeof inside[key] === 'function') offers.add(key);
  throw new TaskNotFoundError(url, name, [...offers]);
}

function whyNot(error: unknown): string {
  if (!isTakenForCommonJs(error)) return messageOf(error);
  const file = error instanceof Error ? picturedFile(error) : undefined;
  const manifest = file === undefined ? undefined : findPackageJSON(file, file);
  const [where, ending] = [manifest ?? 'its package.json', file?.endsWith('ts') === true ? '.mts' : '.mjs'];
  return `${file ?? 'it'} is written as an ES module, and ${where} has "type": "commonjs". Say "type": "module" there, or end the name of the file in ${ending}`;
}

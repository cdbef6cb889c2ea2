// Another realm, as test runners and `node:vm` make them: its Object, Error and Map are not those of this one.
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { createContext, runInContext } from 'node:vm';

import type * as values from '../tasks/values.ts';

const context = createContext({ Buffer, URL, AbortController, Event, WebAssembly: undefined });

/** What an expression comes to in the other realm. */
export function foreign<T = unknown>(expression: string): T {
  return runInContext(`(${expression})`, context) as T;
}

let ran: typeof values | undefined;

/** The module of all values, as it is when it was run in the other realm. */
export function foreignValues(): typeof values {
  if (ran !== undefined) return ran;
  const source = readFileSync(new URL('../tasks/values.ts', import.meta.url), 'utf8');
  const script = stripTypeScriptTypes(source).replaceAll(/^export const /gm, 'globalThis.');
  runInContext(script, context);
  return (ran = context as typeof values);
}

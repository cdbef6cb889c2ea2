// The path of a value, as one would write it: `args[0].user["last name"].get("key")`.
import { arrayAt } from '../task/arrays.ts';
import { toJson } from '../task/platform.ts';

/** The step to a property. */
export function step(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${toJson(key)}]`;
}

/** A key of a Map, as it is shown in the steps to it and to its value. */
export function shownKey(key: unknown): string {
  if (typeof key === 'string') return toJson(key);
  return typeof key === 'object' ? '…' : String(key);
}

/** True for a path that ends where an error says what it was thrown for: its `cause`, or one of its `errors`. */
export function isCause(path: readonly string[]): boolean {
  return arrayAt(path, -1) === '.cause' || arrayAt(path, -2) === '.errors';
}

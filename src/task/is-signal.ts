// What is an AbortSignal: one of Node, of another realm, of jsdom, of a polyfill.
import { read } from './foreign.ts';

/** True for what can be asked as an AbortSignal is, and does not say that it is something else. Never throws. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  return (
    typeof read(value, 'aborted') === 'boolean' &&
    typeof read(value, 'addEventListener') === 'function' &&
    typeof read(value, 'removeEventListener') === 'function'
  );
}

// How an attempt or a task ended. On a tag, never by truthiness: `throw undefined` is a failure.
export { messageOf } from './foreign.ts';

/** A value, or a thrown thing. */
export type Outcome<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

export function fulfilled<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed(error: unknown): Outcome<never> {
  return { ok: false, error };
}

/** True where a value is waited for by `await`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

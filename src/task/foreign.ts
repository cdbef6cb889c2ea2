// Looks at values that are not ours: what a task throws, the reason of an abort, what a getter returns. Any look can run user
// code, and that code can throw: a getter, a trap of a proxy, a revoked proxy, `Error.prepareStackTrace`. Nothing in this
// file ever throws, so a task is settled with its own outcome whatever that outcome is.
import types from 'node:util/types';

import { arrayJoin, arrayMap } from './arrays.ts';
import { inheritsError } from './brands.ts';
import { nextTick } from './platform.ts';

/** `value instanceof type`; false where the question itself throws. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** True for errors, also for those of another realm. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || (typeof value === 'object' && value !== null && inheritsError(value));
  } catch {
    return false;
  }
}

/** A property; undefined where reading it throws. */
export function read(from: unknown, key: PropertyKey): unknown {
  try {
    return (from as Record<PropertyKey, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

/** `String(value)`; undefined where that throws. */
export function text(value: unknown): string | undefined {
  try {
    return String(value);
  } catch {
    return undefined;
  }
}

/** The name of an error or a function; undefined where it has none that is a text. */
export function nameOf(value: unknown): string | undefined {
  const name = read(value, 'name');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** What a thrown thing says, which need not be an error. */
export function messageOf(thrown: unknown): string {
  return text(isError(thrown) ? read(thrown, 'message') : thrown) ?? 'something that cannot be read';
}

/**
 * The stack of an error as text. A program may install an `Error.prepareStackTrace` that returns no text, most often the list
 * of call sites, or that throws; then the text is made as Node makes it.
 */
export function stackOf(error: Error): string {
  const stack = read(error, 'stack');
  if (typeof stack === 'string') return stack;
  const head = `${nameOf(error) ?? 'Error'}: ${messageOf(error)}`;
  return arrayJoin([head, ...arrayMap(callSites(stack), (site) => `    at ${site}`)], '\n');
}

function callSites(stack: unknown): string[] {
  try {
    return Array.isArray(stack) ? arrayMap(stack, (site) => text(site) ?? '(unreadable)') : [];
  } catch {
    return [];
  }
}

const longestText = 10_000;

/** An error that has only the name and the beginning of the message of what was thrown: for where that cannot cross itself. */
export function inShort(thrown: unknown): Error {
  const error = new Error(messageOf(thrown).slice(0, longestText));
  define(error, 'name', nameOf(thrown)?.slice(0, longestText) ?? 'Error', false);
  return error;
}

/**
 * Defines an own property, whatever setters and read-only properties the prototypes have. The descriptor has no prototype, for
 * a `get` or `value` of `Object.prototype` would become a part of it. False where the object refuses.
 */
export function define(object: object, key: PropertyKey, value: unknown, enumerable = true): boolean {
  try {
    return Reflect.defineProperty(object, key, {
      __proto__: null,
      value,
      enumerable,
      writable: true,
      configurable: true,
    } as never);
  } catch {
    return false;
  }
}

/** Runs what looks at stacks with Node's own way to make their text, not the one that the program has installed. */
export function withPlainStacks<T>(look: () => T): T {
  const installed = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  if (installed?.value === undefined || !define(Error, 'prepareStackTrace', undefined)) return look();
  try {
    return look();
  } finally {
    define(Error, 'prepareStackTrace', installed.value, installed.enumerable);
  }
}

/**
 * Throws an error where nobody of us is on the stack: it becomes an uncaught exception of the program, as what a listener of an
 * EventTarget throws. For what should not have thrown and must not take others along.
 */
export function throwApart(error: unknown): void {
  nextTick(() => {
    throw error;
  });
}

// What cannot cross, and why. The structured clone would turn most of these into `{}` without a word.
import { inspect } from 'node:util';
import types from 'node:util/types';

import { realm } from '../task/realm.ts';

/**
 * Classes of the platform whose instances live in one place only, and where each is found. By name: to mention most of them
 * would make Node load what is behind them, which takes longer than all else that a worker loads to start.
 */
const platform = new Map<string, () => unknown>([
  ...[
    'WeakRef',
    'FinalizationRegistry',
    'EventTarget',
    'AbortController',
    'Blob',
    'CryptoKey',
    'Headers',
    'Request',
    'Response',
    'FormData',
    'URLSearchParams',
    'URLPattern',
    'TextDecoder',
    'TextEncoder',
    'ReadableStream',
    'WritableStream',
    'TransformStream',
  ].map((name): [string, () => unknown] => [name, () => (globalThis as Record<string, unknown>)[name]]),
  ['EventEmitter', () => process.getBuiltinModule('node:events').EventEmitter],
  ['KeyObject', () => process.getBuiltinModule('node:crypto').KeyObject],
  ['BlockList', () => process.getBuiltinModule('node:net').BlockList],
  ['SocketAddress', () => process.getBuiltinModule('node:net').SocketAddress],
]);

/** The name of the platform's class to which a prototype belongs, itself or by one behind it. */
function platformClass(prototype: object): string | undefined {
  for (let above: unknown = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    const made: unknown = Object.getOwnPropertyDescriptor(above, 'constructor')?.value;
    if (typeof made === 'function' && platform.get(made.name)?.() === made) return made.name;
  }
  return undefined;
}

/** Why an object of this prototype cannot cross; undefined where it can, as its properties. */
export function whyNot(value: object, prototype: object): string | undefined {
  if (types.isPromise(value)) return 'it is a promise; await it first';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'it is a weak collection';
  if (types.isGeneratorObject(value)) return 'it is a generator; collect its values first';
  if (isBuiltin(prototype)) {
    if (nameOf(value) === 'MessagePort')
      return 'it is a MessagePort; it can be moved, with `transfer`, and only between threads';
    return `it is ${article(nameOf(value) ?? 'a built-in object')}, whose content no property shows; send what it says instead`;
  }
  const lives = platformClass(prototype);
  if (lives !== undefined) return `it is ${article(nameOf(value) ?? lives)}, which lives in one place only`;
  for (let above: unknown = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    const base = realm.portablesByPrototype.get(above as object);
    if (base !== undefined) {
      const name = nameOf(value) ?? 'its class';
      return `\`${name}\` extends the portable class \`${base.name}\` and is not portable itself; give it static { portable(import.meta, this); }`;
    }
  }
  return undefined;
}

const builtins = new WeakMap<object, boolean>();

/** True where one of the classes behind a prototype, but for Object, is the engine's own (Temporal, Intl, iterators, WebAssembly). */
function isBuiltin(prototype: object): boolean {
  let known = builtins.get(prototype);
  if (known === undefined) {
    known = false;
    for (
      let above: unknown = prototype;
      above !== null && above !== Object.prototype;
      above = Object.getPrototypeOf(above)
    ) {
      const made: unknown = Object.getOwnPropertyDescriptor(above, 'constructor')?.value;
      known ||= typeof made === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(made));
      // Prototypes of iterators have no class of their own.
      known ||= made === undefined && Object.hasOwn(above as object, Symbol.toStringTag);
    }
    builtins.set(prototype, known);
  }
  return known;
}

/** What is shown of a thing that cannot come along. */
export function textOf(value: unknown): string {
  try {
    if (typeof value === 'symbol') return String(value);
    if (typeof value === 'object' && value !== null) return `[${nameOf(value) ?? 'Object'}]`;
    return inspect(value, { depth: 0 });
  } catch {
    return '[unreadable]';
  }
}

function nameOf(value: object): string | undefined {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function article(name: string): string {
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}

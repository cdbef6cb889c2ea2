// What cannot cross, and why. The structured clone would turn most of these into `{}` without a word.
import { KeyObject } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { BlockList, SocketAddress } from 'node:net';
import { inspect, types } from 'node:util';

import { realm } from '../task/realm.ts';

interface PlatformClass {
  readonly name: string;
  readonly prototype: object;
}

const platform: readonly PlatformClass[] = [
  WeakRef,
  FinalizationRegistry,
  EventEmitter,
  EventTarget,
  AbortController,
  Blob,
  KeyObject,
  CryptoKey,
  Headers,
  Request,
  Response,
  FormData,
  URLSearchParams,
  TextDecoder,
  TextEncoder,
  BlockList,
  SocketAddress,
  ReadableStream,
  WritableStream,
  TransformStream,
  ...newer('URLPattern'),
];

/** A class that not every supported Node has. */
function newer(name: string): PlatformClass[] {
  const type = (globalThis as Record<string, unknown>)[name];
  return typeof type === 'function' ? [type] : [];
}

/** Why an object of this prototype cannot cross; undefined where it can, as its properties. */
export function whyNot(value: object, prototype: object): string | undefined {
  if (types.isPromise(value)) return 'it is a promise; await it first';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'it is a weak collection';
  if (types.isGeneratorObject(value)) return 'it is a generator; collect its values first';
  if (isBuiltin(prototype)) {
    return `it is ${article(nameOf(value) ?? 'a built-in object')}, whose content no property shows; send what it says instead`;
  }
  for (const type of platform) {
    if (Object.prototype.isPrototypeOf.call(type.prototype, value))
      return `it is ${article(nameOf(value) ?? type.name)}, which lives in one place only`;
  }
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

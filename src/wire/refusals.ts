// What cannot cross, and why. The structured clone would turn most of these into `{}` without a word.
//
// An object of a class crosses as its own enumerable properties, so it may do so only where these are its state. It is refused
//
//   * where one of its classes is the engine's, an addon's, or Node's own: what such objects are, no property shows;
//   * where it has no own enumerable properties, but anything else: methods or accessors, private fields, symbols.
//
// What is left are objects with data, and those of classes that are empty: `class Marker {}`.
import { inspect } from 'node:util';
import types from 'node:util/types';

import { arrayFilter, arrayMap, arraySome } from '../task/arrays.ts';
import { chainOf, classOf, isNative } from '../task/brands.ts';
import { realm } from '../task/realm.ts';

/**
 * What an object is that holds what belongs together, and no data: `Math`, `Intl`, a module. Its tag tells it from
 * others, which is neither to be changed nor to be listed. Undefined for all others.
 */
export function namespaceOf(value: object): string | undefined {
  const tag = Object.getOwnPropertyDescriptor(value, Symbol.toStringTag);
  if (tag === undefined || tag.enumerable === true || tag.writable === true || typeof tag.value !== 'string')
    return undefined;
  // Bundlers tag theirs as the engine does.
  if (tag.value === 'Module') return 'a module namespace';
  return arraySome(Object.getOwnPropertyNames(value), (name) => isOfEngine(value, name))
    ? `\`${tag.value}\``
    : undefined;
}

/** A function of the engine. */
function isOfEngine(value: object, name: string): boolean {
  const held: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
  return typeof held === 'function' && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(held));
}

export const whyNoNamespace = 'which is no data; send what it holds instead';

/** Why an object of this prototype cannot cross; undefined where it can, as its properties. */
export function whyNot(value: object, prototype: object): string | undefined {
  if (value === globalThis) return `it is the global object, ${whyNoNamespace}`;
  if (value === process) return `it is \`process\`, ${whyNoNamespace}`;
  if (types.isPromise(value)) return 'it is a promise; await it first';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'it is a weak collection';
  if (types.isGeneratorObject(value)) return 'it is a generator; collect its values first';
  const shape = shapeOf(prototype);
  const name = nameOf(value);
  if (shape.origin === 'engine') {
    if (name === 'MessagePort')
      return 'it is a MessagePort; it can be moved, with `transfer`, and only between threads';
    return `it is ${article(name ?? 'a built-in object')}, whose content no property shows; send what it says instead`;
  }
  if (shape.origin === 'node')
    return `it is ${article(name ?? 'object of Node')}, which lives in one place only; send what it says instead`;
  for (let above: unknown = prototype; above !== null; above = Object.getPrototypeOf(above)) {
    const base = realm.portablesByPrototype.get(above as object);
    if (base !== undefined) {
      const extended = name ?? 'its class';
      return `\`${extended}\` extends the portable class \`${base.name}\` and is not portable itself; give it static { portable(import.meta, this); }`;
    }
  }
  if (Object.keys(value).length > 0 || (!shape.hasMembers && Reflect.ownKeys(value).length === 0)) return undefined;
  return (
    `it is ${article(name ?? 'object with a prototype')}, which has no own enumerable properties: its state, if it has any, is private. ` +
    'Make its class portable, with [toWire]() and static [fromWire](state), or send what it says instead'
  );
}

/** Why an instance of a portable class without `[toWire]` cannot cross; undefined where its properties are its state. */
export function whyNotPortable(value: object, name: string): string | undefined {
  if (Object.keys(value).length > 0 || !shapeOf(Object.getPrototypeOf(value) as object).usesPrivate) return undefined;
  return `the state of \`${name}\` is private; say what it is, with [toWire]() and static [fromWire](state)`;
}

/** What the prototypes of an object say about it. */
interface Shape {
  /** Whose classes they are: one of the engine or of an addon, one of Node's, or the user's alone. */
  readonly origin: 'engine' | 'node' | 'user';
  /** There are methods, accessors, or private names. */
  readonly hasMembers: boolean;
  /** Methods of the classes use private names of the instance. */
  readonly usesPrivate: boolean;
}

const shapes = new WeakMap<object, Shape>();

function shapeOf(prototype: object): Shape {
  let shape = shapes.get(prototype);
  if (shape === undefined) shapes.set(prototype, (shape = lookAt(prototype)));
  return shape;
}

function lookAt(prototype: object): Shape {
  let origin: Shape['origin'] = 'user';
  let hasMembers = false;
  let usesPrivate = false;
  for (const above of chainOf(prototype)) {
    const type = classOf(above);
    hasMembers ||= arraySome(Reflect.ownKeys(above), (key) => key !== 'constructor' && key !== Symbol.toStringTag);
    if (type === undefined) {
      // Prototypes of iterators have no class of their own.
      if (Object.hasOwn(above, Symbol.toStringTag)) origin = 'engine';
      continue;
    }
    if (isNative(type)) origin = 'engine';
    else if (origin === 'user' && isOfNode(type)) origin = 'node';
    const text = Function.prototype.toString.call(type);
    usesPrivate ||= /\bthis\.#/.test(text);
    hasMembers ||= usesPrivate || /[\s{;]#[\p{ID_Start}_$]/u.test(text);
  }
  return { origin, hasMembers, usesPrivate };
}

/** Classes of Node whose instances are records: their properties are all that they are. */
const records: ReadonlySet<string> = new Set(['Stats', 'StatFs', 'Url']);

/**
 * True for a class that is written in JavaScript and is Node's: it is found among the globals, or in a module of Node's that is
 * loaded. (Classes that Node exports nowhere extend one of these, or have no enumerable properties.) No module is loaded to
 * find out: that may take longer than all else that a worker loads to start.
 */
function isOfNode(type: (...args: never[]) => unknown): boolean {
  const { name } = type;
  if (name === '' || records.has(name)) return false;
  if (valueOf(globalThis, name) === type) return true;
  return arraySome(loadedModules(), (module) => valueOf(process.getBuiltinModule(module) as object, name) === type);
}

function valueOf(holder: object, name: string): unknown {
  try {
    const own = Object.getOwnPropertyDescriptor(holder, name);
    // Globals that are loaded when they are first read are accessors. One with the name of a class that there is, is loaded.
    if (holder !== globalThis) return own?.value;
    // What users put there is enumerable, what Node puts there is not.
    return own?.enumerable === false ? (own.value ?? own.get?.call(globalThis)) : undefined;
  } catch {
    return undefined;
  }
}

const prefix = 'NativeModule ';
/** Where Node does not say what it has loaded. */
const common = [
  'events',
  'stream',
  'async_hooks',
  'fs',
  'net',
  'http',
  'crypto',
  'util',
  'perf_hooks',
  'string_decoder',
];

function loadedModules(): string[] {
  const { moduleLoadList } = process as { moduleLoadList?: unknown };
  if (!Array.isArray(moduleLoadList)) return common;
  return arrayFilter(
    arrayMap(
      arrayFilter(
        moduleLoadList as unknown[],
        (entry) => typeof entry === 'string' && entry.startsWith(prefix) && !entry.includes('internal/'),
      ),
      (entry) => (entry as string).slice(prefix.length),
    ),
    (name) => process.getBuiltinModule(name) !== undefined,
  );
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

export function nameOf(value: object): string | undefined {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function article(name: string): string {
  return /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}

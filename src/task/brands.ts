// What an object is, whatever realm it comes from. Test runners (jest, vitest) and `node:vm` run code in realms of their
// own, whose Error, Map and Object are others than ours: `instanceof` and a comparison of prototypes say nothing there.
import { arrayEvery, arraySome } from './arrays.ts';

type AnyClass = (...args: never[]) => unknown;

/** The class of which this is the prototype; undefined where it is none. Never throws. */
export function classOf(prototype: object): AnyClass | undefined {
  try {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    return typeof made === 'function' ? (made as AnyClass) : undefined;
  } catch {
    return undefined;
  }
}

/** The prototypes behind a prototype, itself first, without the one that all objects have. */
export function chainOf(prototype: object | null): object[] {
  const chain: object[] = [];
  for (let above = prototype; above !== null && !isPlainPrototype(above);) {
    chain[chain.length] = above;
    above = Object.getPrototypeOf(above) as object | null;
  }
  return chain;
}

const native = /^function (\w+)\(\) \{\s*\[native code\]\s*\}$/;

/** True for a class of the engine, or of an addon. */
export function isNative(type: AnyClass): boolean {
  return native.test(Function.prototype.toString.call(type));
}

const foreignPlain = new WeakMap<object, boolean>();

/** True for the prototype of plain objects, of any realm. */
export function isPlainPrototype(prototype: object | null): boolean {
  if (prototype === Object.prototype || prototype === null) return true;
  let known = foreignPlain.get(prototype);
  if (known === undefined) {
    const type = Object.getPrototypeOf(prototype) === null ? classOf(prototype) : undefined;
    known = type?.name === 'Object' && type.prototype === prototype && isNative(type);
    foreignPlain.set(prototype, known);
  }
  return known;
}

const errorPrototypes = new WeakMap<object, boolean>();

/** True for the prototype of a class of errors, of any realm. */
export function isErrorPrototype(prototype: object): boolean {
  let known = errorPrototypes.get(prototype);
  if (known === undefined) {
    known = arraySome(chainOf(prototype), (above) => {
      const type = classOf(above);
      return type?.name === 'Error' && type.prototype === above && isNative(type);
    });
    errorPrototypes.set(prototype, known);
  }
  return known;
}

/** True for an object that inherits from a class of errors, of any realm; it need not have been made by its constructor. */
export function inheritsError(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype !== null && isErrorPrototype(prototype);
}

/** The value of an accessor that the class of this name has in one of these prototypes; undefined where there is none, or where it throws. */
export function ownAccessor(value: object, className: string, key: string): unknown {
  try {
    for (const above of chainOf(Object.getPrototypeOf(value) as object | null)) {
      if (classOf(above)?.name !== className) continue;
      const get = Object.getOwnPropertyDescriptor(above, key)?.get;
      if (get !== undefined) return get.call(value) as unknown;
    }
  } catch {
    // It is something else of that name.
  }
  return undefined;
}

/** What a URL of any realm or library says; undefined where it is none, also if its class only has that name. */
export function hrefOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const href = ownAccessor(value, 'URL', 'href');
  if (typeof href !== 'string' || !URL.canParse(href)) return undefined;
  const isWhole = arrayEvery(
    ['protocol', 'host', 'origin', 'search'],
    (key) => typeof ownAccessor(value, 'URL', key) === 'string',
  );
  return isWhole ? href : undefined;
}

const { entries } = Map.prototype;
const { values } = Set.prototype;

/** The entries of a Map of any realm, whatever iterator its class or the program has given it. */
export function entriesOf(map: ReadonlyMap<unknown, unknown>): IterableIterator<[unknown, unknown]> {
  return entries.call(map);
}

/** The members of a Set, likewise. */
export function membersOf(set: ReadonlySet<unknown>): IterableIterator<unknown> {
  return values.call(set);
}

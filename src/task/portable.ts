// Classes whose instances cross the wire as themselves. The structured clone keeps data and forgets classes; a portable
// class is found again on the other side by the URL of its module and its name.
import { DefinitionError } from '../errors.ts';
import { arrayFind, arrayMap } from './arrays.ts';
import { chainOf, classOf, isErrorPrototype, isNative } from './brands.ts';
import { moduleUrl, type ModuleLocation } from './module-url.ts';
import { realm } from './realm.ts';
import type { AnyFunction } from './task-function.ts';

/** The method by which a portable class says what its state is: `[toWire](): State`. */
export const toWire: unique symbol = Symbol.for('polyloop.toWire') as never;
/** The static method by which a portable class makes an instance from that state: `static [fromWire](state: State)`. */
export const fromWire: unique symbol = Symbol.for('polyloop.fromWire') as never;

/** A class, abstract or not. */
export type AnyClass = abstract new (...args: never[]) => object;

/** A registered class: where it stands, and how its instances are taken apart and put together. */
export interface PortableClass {
  readonly url: string;
  readonly name: string;
  readonly isError: boolean;
  /** The state of an instance, by its own `[toWire]`; undefined where the own enumerable properties are the state. */
  readonly take: ((instance: object) => unknown) | undefined;
  readonly make: ((state: unknown) => object) | undefined;
  /** An instance without state, made without running the class's constructor. */
  readonly blank: () => object;
}

/** The built-in class behind a prototype, of any realm, that keeps its content where no property shows it. */
function opaqueBase(prototype: object): AnyFunction | undefined {
  return arrayFind(
    arrayMap(chainOf(prototype), classOf),
    (type) => type !== undefined && type.name !== 'Iterator' && isNative(type),
  );
}

export function portableKey(url: string, name: string): string {
  return `${url}#${name}`;
}

/**
 * Makes the instances of a class cross between workers as themselves, in arguments, results and thrown errors:
 * on the other side they are `instanceof Class`, with its methods. The constructor does not run there.
 *
 * The state is the instance's own enumerable properties. A class that has more (private fields, a handle) says what
 * its state is by `[toWire]()` and how to make an instance of it by `static [fromWire](state)`.
 *
 * @param meta `import.meta`; a module URL; in a CommonJS module, `__filename`.
 * @param Class A class with a name that no other portable class of the module has; loading the module must register it.
 * @throws {DefinitionError} The class has no name, the name is taken, only one of the two methods is there, or the class
 *   extends a built-in one whose content is not in properties and has neither.
 * @example
 * class Money {
 *   static { portable(import.meta, this); }
 *   cents: number;
 *   constructor(cents: number) { this.cents = cents; }
 *   get euros() { return this.cents / 100; }
 * }
 */
export function portable(meta: ModuleLocation, Class: AnyClass): void {
  const url = moduleUrl(meta, 'portable()');
  if (typeof Class !== 'function' || typeof Class.prototype !== 'object') {
    throw new DefinitionError(`portable() takes a class as its second argument; it was given ${String(Class)}.`);
  }
  const { name } = Class;
  if (name === '') {
    throw new DefinitionError(`portable() was given a class without a name in ${url}; a worker finds it by its name.`);
  }
  const identity = portableKey(url, name);
  if (realm.portablesByIdentity.has(identity)) {
    throw new DefinitionError(`There are two portable classes of the name \`${name}\` in ${url}. Rename one.`);
  }
  const prototype = Class.prototype as object;
  const hasTake = toWire in prototype;
  const make = (Class as { [fromWire]?: (state: unknown) => object })[fromWire];
  if (hasTake !== (make !== undefined)) {
    const [has, lacks] = hasTake
      ? ['[toWire]()', 'static [fromWire](state)']
      : ['static [fromWire](state)', '[toWire]()'];
    throw new DefinitionError(
      `The portable class \`${name}\` in ${url} has ${has} but no ${lacks}. Give it both, or neither.`,
    );
  }
  const isError = isErrorPrototype(prototype);
  const base = isError ? undefined : opaqueBase(prototype);
  if (base !== undefined && !hasTake) {
    throw new DefinitionError(
      `The portable class \`${name}\` in ${url} extends ${base.name}, whose content is not in properties. ` +
        'Say what its state is with [toWire]() and static [fromWire](state).',
    );
  }
  const portableClass: PortableClass = {
    url,
    name,
    isError,
    take: hasTake ? (instance) => (instance as { [toWire](): unknown })[toWire]() : undefined,
    make: make === undefined ? undefined : (state) => make.call(Class, state),
    // An error made by Object.create would lack what makes engines and tools treat it as an error.
    blank: isError ? () => Reflect.construct(Error, [], Class as never) : () => Object.create(prototype) as object,
  };
  if (make !== undefined) realm.putsTogether = true;
  realm.portablesByPrototype.set(prototype, portableClass);
  realm.portablesByIdentity.set(identity, portableClass);
}

// Methods of builtins, replaced by others that work: by spies, which call the real ones, and by what old polyfills bring, which is
// right for what most programs do.
import { add, kindsOfAdded, type Added } from './additions.ts';

const prototypeOf = Object.getPrototypeOf as (object: object) => object;

const holders: readonly object[] = [
  ...[
    Array,
    ArrayBuffer,
    AbortSignal,
    Atomics,
    Buffer,
    Error,
    JSON,
    Math,
    Number,
    Object,
    Promise,
    Reflect,
    Symbol,
    URL,
  ],
  ...[
    Map,
    Set,
    WeakMap,
    WeakSet,
    WeakRef,
    String,
    RegExp,
    Function,
    Array,
    Promise,
    ArrayBuffer,
    Date,
    Buffer,
    Number,
  ].map(({ prototype }) => prototype as object),
  ...[EventTarget, AbortController, Object].map(({ prototype }) => prototype as object),
  ...[[][Symbol.iterator](), new Map().keys(), new Set().keys(), Uint8Array.prototype].map(prototypeOf),
  prototypeOf(prototypeOf([][Symbol.iterator]())),
  prototypeOf(prototypeOf((function* () {})())),
  prototypeOf(prototypeOf((async function* () {})())),
];

const { apply } = Reflect;

function spies(): [object, PropertyKey, PropertyDescriptor][] {
  const found: [object, PropertyKey, PropertyDescriptor][] = [];
  for (const holder of holders) {
    for (const key of Reflect.ownKeys(holder)) {
      const descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor;
      const real: unknown = descriptor.value;
      if (typeof real !== 'function' || descriptor.configurable !== true || key === 'constructor') continue;
      const spy = function (this: unknown, ...args: readonly unknown[]): unknown {
        calls++;
        return apply(real, this, args);
      };
      Object.defineProperty(spy, 'prototype', { value: (real as { prototype?: unknown }).prototype });
      found.push([holder, key, { ...descriptor, value: spy }]);
    }
  }
  return found;
}

let calls = 0;

/** How often spies were called. */
export function callsOfSpies(): number {
  return calls;
}

type Any = Record<PropertyKey, unknown>;

/** What these do not do: holes, second arguments, `NaN`, symbols, iterators, frozen objects. */
const careless: readonly (readonly [object, Record<string, (this: never, ...args: never[]) => unknown>])[] = [
  [
    Array.prototype,
    {
      find(this: unknown[], test: (value: unknown) => unknown) {
        for (let at = 0; at < this.length; at++) if (test(this[at]) === true) return this[at];
        return null;
      },
      includes(this: unknown[], value: unknown) {
        return this.indexOf(value) >= 0;
      },
      flat(this: unknown[]) {
        return ([] as unknown[]).concat(...this);
      },
    },
  ],
  [
    Object,
    {
      assign(target: Any, source: Any) {
        for (const key in source) target[key] = source[key];
        return target;
      },
      entries(object: Any) {
        const found: unknown[] = [];
        for (const key in object) found.push([key, object[key]]);
        return found;
      },
      keys(object: Any) {
        const found: unknown[] = [];
        for (const key in object) found.push(key);
        return found;
      },
      freeze: (object: object) => object,
    },
  ],
  [Array, { from: (list: ArrayLike<unknown>) => Array.prototype.slice.call(list) }],
  [Number, { isSafeInteger: (n: number) => Math.floor(n) === n }],
  [
    String.prototype,
    {
      startsWith(this: string, start: string) {
        return this.indexOf(start) === 0;
      },
      includes(this: string, part: string) {
        return this.indexOf(part) !== -1;
      },
    },
  ],
  [JSON, { stringify: () => '"not this"' }],
];

function polyfills(): [object, PropertyKey, PropertyDescriptor][] {
  return careless.flatMap(([holder, methods]) =>
    Object.entries(methods).map(([key, value]): [object, PropertyKey, PropertyDescriptor] => [
      holder,
      key,
      { value, configurable: true, writable: true, enumerable: false },
    ]),
  );
}

const sets = { spies, polyfills } as const;
type Replacements = keyof typeof sets;

/** What can befall the builtins of a program: what is added to their prototypes, and what takes the place of their methods. */
export type Change = Added | Replacements;
export const changes: readonly Change[] = [...kindsOfAdded, ...(Object.keys(sets) as Replacements[])];

/** Makes it so. Returns what takes it back. */
export function change(which: Change): () => void {
  return which in sets ? replaceAll(which as Replacements) : add(which as Added);
}

function replaceAll(which: Replacements): () => void {
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const chosen = sets[which]();
  const before = chosen.map(
    ([holder, key]) => [holder, key, getOwnPropertyDescriptor(holder, key) as PropertyDescriptor] as const,
  );
  for (const [holder, key, descriptor] of chosen) defineProperty(holder, key, descriptor);
  return () => {
    for (const [holder, key, descriptor] of before) defineProperty(holder, key, descriptor);
  };
}

// Values of all kinds, and what they can stand in. This module imports nothing and uses globals alone, so that tests can run it
// in another realm as well (see test/support/realms.ts).

// Values that cross equal.
const cyclic: { name: string; self?: unknown; list: unknown[] } = { name: 'cyclic', list: [] };
cyclic.self = cyclic;
cyclic.list.push(cyclic);
const shared = { shared: true };
// oxlint-disable-next-line no-sparse-arrays
const sparse = [1, , 3];

export const values: Record<string, unknown> = {
  undefined,
  null: null,
  'true and false': [true, false],
  numbers: [0, -0, 1.5, NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER, 2 ** 53],
  'big integers': [0n, -1n, 2n ** 100n],
  strings: ['', 'plain', 'ünïcödé', '👩‍👩‍👧', '\0', 'x'.repeat(100_000)],
  dates: [new Date(0), new Date(8.64e15)],
  'regular expressions': [/a+/giu, /^$/],
  maps: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: true }, new Map([[1, 2]])],
  ]),
  sets: new Set([1, 'two', new Set([3])]),
  'arrays with holes': sparse,
  'nested objects': { a: { b: { c: [{ d: undefined }] } } },
  cycles: cyclic,
  'what is shared': [shared, shared, { shared }],
  'boxed primitives': [Object(1), Object('s'), Object(true)],
  'typed arrays': [
    new Uint8Array([1, 2]),
    new Int16Array([-1]),
    new Float64Array([1.5, -0]),
    new BigInt64Array([-5n]),
    new Uint8ClampedArray([255]),
    new DataView(new ArrayBuffer(4), 1, 2),
    new ArrayBuffer(3),
    new Uint8Array(0),
  ],
  'views of a part': new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 3),
  buffers: [Buffer.from('hello'), Buffer.alloc(20_000, 7)],
  URLs: { at: new URL('https://user@example.com/a%20b?c=d#e') },
  'objects without prototype keys': { constructor: 1, toString: 2, hasOwnProperty: 3 },
  '1 MB of bytes': new Uint8Array(1_000_000).fill(9),
};

/** More of them, each small: what loses its class, its bytes or its properties if it is not looked at. */
export const telling: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(values).filter(([name]) => !/1 MB|strings/.test(name))),
  'a text': 'text',
  'an error': Object.assign(new TypeError('kept', { cause: new RangeError('inner') }), { code: 'E_KEPT' }),
  'an aggregate of errors': new AggregateError([new Error('one'), 'two'], 'several'),
  'a URL': new URL('https://example.com/?a=b'),
  'a small Buffer': Buffer.from('slab'),
  'a view of a part of its memory': new Uint8Array(new ArrayBuffer(1_000), 10, 4).fill(5),
  'an array with properties of its own': Object.assign([1], { total: 2, error: new Error('of the array'), '-1': 3 }),
  // oxlint-disable-next-line no-sparse-arrays
  'an array with a hole and a property of its own': Object.assign([1, , 3], { own: new URL('a:b') }),
  'a long array with a property of its own': Object.assign(
    Array.from({ length: 500 }, (_, at) => at),
    { last: /z/ },
  ),
};

/** What arrives as something else, and as what. */
class Point {
  x = 1;
  get double(): number {
    return 2 * this.x;
  }
}
class Marker {}
export const changing: Record<string, { value: unknown; arrives: unknown }> = {
  'an object of a class': { value: new Point(), arrives: { x: 1 } },
  'an object of an empty class': { value: new Marker(), arrives: {} },
  'an object without prototype': { value: Object.assign(Object.create(null) as object, { a: 1 }), arrives: { a: 1 } },
  'a match': {
    value: /(?<middle>b+)/.exec('abbc'),
    arrives: Object.assign(['bb', 'bb'], { index: 1, input: 'abbc', groups: { middle: 'bb' } }),
  },
  'a Map and a Set that iterate over nothing': {
    value: [new Map([[1, 2]]), new Set([1])].map((each) =>
      Object.defineProperty(each, Symbol.iterator, { value: function* none() {} }),
    ),
    arrives: [new Map([[1, 2]]), new Set([1])],
  },
  'a Map with a property of its own': {
    value: Object.assign(new Map([[1, 2]]), { own: 3 }),
    arrives: new Map([[1, 2]]),
  },
  'a Set with a property of its own': { value: Object.assign(new Set([1]), { own: 3 }), arrives: new Set([1]) },
  'a Date with a property of its own': { value: Object.assign(new Date(7), { own: 3 }), arrives: new Date(7) },
  'a used regular expression': { value: Object.assign(/a/g, { lastIndex: 3, own: 3 }), arrives: /a/g },
  'bytes with a property of their own': {
    value: Object.assign(new Uint8Array([1]), { own: 3 }),
    arrives: new Uint8Array([1]),
  },
  'a boxed number with a property of its own': {
    value: Object.assign(Object(1) as object, { own: 3 }),
    arrives: Object(1),
  },
  'an object with symbols': { value: { a: 1, [Symbol('hidden')]: 2 }, arrives: { a: 1 } },
};

class Private {
  readonly #state = 1;
  get state(): number {
    return this.#state;
  }
}
class Behaviour {
  run(): void {}
}

/** What is refused, and why. */
export const refused: Record<string, { value: unknown; why: RegExp }> = {
  'a function': { value: function f() {}, why: /function \(`f`\)/ },
  'a symbol': { value: Symbol('s'), why: /symbol \(Symbol\(s\)\)/ },
  'a promise': { value: Promise.resolve(1), why: /promise; await it/ },
  'a weak map': { value: new WeakMap(), why: /weak collection/ },
  'a generator': { value: (function* none() {})(), why: /generator/ },
  'an iterator': { value: new Map().keys(), why: /content no property shows/ },
  'a formatter': { value: new Intl.NumberFormat('en'), why: /a NumberFormat/ },
  'an object with private state': { value: new Private(), why: /a Private, which has no own enumerable properties/ },
  'an object with methods alone': {
    value: new Behaviour(),
    why: /a Behaviour, which has no own enumerable properties/,
  },
  ...Object.fromEntries(
    Object.entries({ Math, JSON, Reflect, Intl, Atomics }).map(([name, value]) => [
      name,
      { value, why: new RegExp(`it is \`${name}\`, which is no data`) },
    ]),
  ),
  'a boxed symbol': { value: Object(Symbol('boxed')), why: /symbol/ },
};

/** What a value can stand in: how to put it there, how to take it out, and how its path goes on. */
export interface Container {
  readonly wrap: (value: unknown) => unknown;
  readonly path: string;
  /** What it arrives as, where that is something else. */
  readonly arrives?: (value: unknown) => unknown;
  /** What arrives as an error is told as far as it can be: what cannot cross in it is text. */
  readonly isError?: true;
}

export const containers: Record<string, Container> = {
  'on its own': { wrap: (value) => value, path: '' },
  'in an array': { wrap: (value) => [0, value], path: '[1]' },
  'in a long array': { wrap: (value) => Object.assign(Array.from({ length: 60 }), { 59: value }), path: '[59]' },
  'as a property of an array': { wrap: (value) => Object.assign([1, 2], { own: value }), path: '.own' },
  'as a property of a long array': {
    wrap: (value) =>
      Object.assign(
        Array.from({ length: 60 }, () => 0),
        { own: value },
      ),
    path: '.own',
  },
  'in an object': { wrap: (value) => ({ 'a b': value }), path: '["a b"]' },
  'in an object without prototype': {
    wrap: (value) => Object.assign(Object.create(null) as object, { own: value }),
    arrives: (value) => ({ own: value }),
    path: '.own',
  },
  'as a key of a Map': { wrap: (value) => new Map([[value, 1]]), path: '.key' },
  'as a value of a Map': { wrap: (value) => new Map([['k', value]]), path: '.get("k")' },
  'in a Set': { wrap: (value) => new Set([value]), path: '.values()[0]' },
  'twice, and deep': { wrap: (value) => ({ a: [value], b: { c: value } }), path: '.a[0]' },
  'in an error': { wrap: (value) => Object.assign(new Error('outer'), { own: value }), path: '.own', isError: true },
  'as a cause': { wrap: (value) => new Error('outer', { cause: value }), path: '.cause', isError: true },
  'among errors': { wrap: (value) => new AggregateError([value], 'outer'), path: '.errors[0]', isError: true },
};

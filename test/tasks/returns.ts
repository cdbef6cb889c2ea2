// Functions for the command that return, or yield, what their input names: much of it is nothing that can be written.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';

class Hidden {
  readonly #inside = 1;
  get inside(): number {
    return this.#inside;
  }
}

class Shown {
  readonly x = 1;
  readonly at = new Date(0);
}

function circle(): unknown {
  const holder: { readonly list: unknown[] } = { list: [1] };
  holder.list.push({ holder });
  return holder;
}

function deep(): unknown {
  let inside: unknown[] = [];
  for (let n = 0; n < 100_000; n++) inside = [inside];
  return inside;
}

/** By itself it is small; written out it is without end. */
function twoOfEach(): unknown {
  let both: unknown[] = ['x'.repeat(1_000)];
  for (let n = 0; n < 40; n++) both = [both, both];
  return both;
}

/** What cannot be written, and what is said of it. */
export const unwritable: Readonly<Record<string, readonly [make: () => unknown, says: RegExp]>> = {
  'a Response': [() => new Response('text'), /^value is a Response, of which JSON would have nothing\. .*json\(\)/],
  'a Headers': [() => new Headers({ a: 'b' }), /^value is a Headers, .*Object\.fromEntries\(headers\)/],
  'a Request': [() => ({ sent: new Request('http://localhost') }), /^value\.sent is a Request/],
  'a Blob': [() => [new Blob(['x'])], /^value\[0\] is a Blob/],
  'a File': [() => new File(['x'], 'x.txt'), /^value is a File/],
  'a FormData': [() => new FormData(), /^value is a FormData/],
  'a URLSearchParams': [() => ({ query: new URLSearchParams('a=1') }), /^value\.query is a URLSearchParams/],
  'a WeakMap': [() => ({ 'the map': new WeakMap() }), /^value\["the map"\] is a WeakMap/],
  'a WeakSet': [() => new WeakSet(), /^value is a WeakSet/],
  'a Promise inside': [() => ({ later: [Promise.resolve(1)] }), /^value\.later\[0\] is a Promise, .*Await it\./],
  'a Promise with a property': [() => [Object.assign(Promise.resolve(1), { own: 1 })], /^value\[0\] is a Promise/],
  'a RegExp': [() => ({ pattern: /x/g }), /^value\.pattern is a RegExp, .*String\(pattern\)/],
  'a RegExp of another realm': [() => runInNewContext('[/x/]'), /^value\[0\] is a RegExp/],
  'a symbol': [() => Symbol('x'), /^value is a symbol/],
  'a symbol inside': [() => ({ a: { b: Symbol.iterator } }), /^value\.a\.b is a symbol/],
  'a function': [() => () => 1, /^value is a function/],
  'a method': [() => ({ name: 'x', run() {} }), /^value\.run is a function/],
  'an instance with nothing but private state': [() => ({ it: new Hidden() }), /^value\.it is a Hidden/],
  'an ArrayBuffer': [() => new ArrayBuffer(2), /^value is an ArrayBuffer, .*new Uint8Array/],
  'a DataView': [() => new DataView(new ArrayBuffer(2)), /^value is a DataView/],
  'an invalid Date': [() => ({ at: new Date(Number.NaN) }), /^value\.at is an invalid Date/],
  NaN: [() => Number.NaN, /^value is NaN, which JSON does not have/],
  Infinity: [() => ({ deep: [{ most: -Infinity }] }), /^value\.deep\[0\]\.most is -Infinity/],
  'a boxed NaN': [() => [Object(Number.NaN)], /^value\[0\] is NaN/],
  'NaN in a typed array': [() => new Float32Array([1, Number.NaN]), /^value\[1\] is NaN/],
  'NaN in a Map': [() => new Map([['a', Number.NaN]]), /^value\[0\]\[1\] is NaN/],
  'a BigInt': [() => 12n, /^value is the BigInt 12n/],
  'a BigInt inside': [() => ({ id: 9_007_199_254_740_993n }), /^value\.id is the BigInt 9007199254740993n/],
  'a typed array of BigInts': [() => new BigInt64Array(1), /^value\[0\] is the BigInt 0n/],
  'undefined in an array': [() => [1, undefined], /^value\[1\] is undefined/],
  'an array with a hole': [() => Array(2), /^value\[0\] is undefined/],
  'a generator inside': [() => ({ all: (function* () {})() }), /^value\.all is a Generator/],
  'an iterator inside': [() => ({ all: new Map().entries() }), /^value\.all is a/],
  'an Event': [() => new Event('x'), /^value is an Event/],
  'an AbortSignal': [() => AbortSignal.abort(), /^value is an AbortSignal/],
  'a value that holds itself': [circle, /^value\.list\[1\]\..* is value.* again/],
  'a value without end': [twoOfEach, /^value is larger than 256 MB/],
  'a value of great depth': [deep, /^value is nested too deeply/],
  'a toJSON that throws': [
    () => ({
      toJSON() {
        throw new Error('no JSON');
      },
    }),
    /^no JSON$/,
  ],
  'a toJSON with nothing for it': [() => ({ a: { toJSON: () => new Headers() } }), /^value\.a is a Headers/],
  'a getter that throws': [
    () => ({
      get trap() {
        throw new Error('caught');
      },
    }),
    /^caught$/,
  ],
  'a Proxy that was revoked': [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return [proxy];
    },
    /revoked/,
  ],
};

/** What is written in a form of its own, or as JSON always writes it. */
export const writable: Readonly<Record<string, readonly [make: () => unknown, json: string]>> = {
  'a Map': [() => new Map<unknown, unknown>([['a', new Map()]]), '[["a",[]]]'],
  'a Set': [() => ({ all: new Set([1, new Set(['b'])]) }), '{"all":[1,["b"]]}'],
  'a Map of another realm': [() => runInNewContext('new Map([[1, 2]])'), '[[1,2]]'],
  'a URL': [() => [new URL('http://a.b/c')], '["http://a.b/c"]'],
  'a typed array': [() => ({ bytes: new Uint8Array([1, 2]) }), '{"bytes":[1,2]}'],
  'a Buffer': [() => Buffer.from('a'), '{"type":"Buffer","data":[97]}'],
  'a Date': [() => [new Date(0)], '["1970-01-01T00:00:00.000Z"]'],
  'an instance': [() => [new Shown()], '[{"x":1,"at":"1970-01-01T00:00:00.000Z"}]'],
  'an object of another realm': [() => runInNewContext('({ a: [{}] })'), '{"a":[{}]}'],
  'an object without a prototype': [() => Object.assign(Object.create(null), { a: new Set() }), '{"a":[]}'],
  'undefined as a property': [() => ({ a: undefined, b: 1 }), '{"b":1}'],
  'what its toJSON says': [() => ({ toJSON: () => ({ a: new Map([[1, 2]]) }) }), '{"a":[[1,2]]}'],
  'boxed values': [() => [Object(1), Object('x'), Object(false)], '[1,"x",false]'],
  'a key that is __proto__': [() => JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  'such a key beside a Set': [
    () => Object.assign(JSON.parse('{"__proto__":1}'), { b: new Set([2]) }),
    '{"__proto__":1,"b":[2]}',
  ],
  'the same value twice': [
    () => {
      const one = { a: [] };
      return [one, one, { one }];
    },
    '[{"a":[]},{"a":[]},{"one":{"a":[]}}]',
  ],
};

export default async function returns(name: string): Promise<unknown> {
  return (unwritable[name] ?? writable[name] ?? [() => name])[0]();
}

export function* yields(name: string): Generator<unknown> {
  yield 'first';
  yield (unwritable[name] ?? writable[name] ?? [() => name])[0]();
}

export async function* yieldsUndefined(): AsyncGenerator<unknown> {
  yield undefined;
  yield 2;
}

/** So many characters; or values. */
export const text = (length: string): string => 'x'.repeat(Number(length));

export function* many(count: string): Generator<number> {
  for (let n = 0; n < Number(count); n++) yield 1;
}

export const halfACharacter = (line: string): string => (line === '2' ? 'a\uD800' : line);

export const returnedError = (): unknown => [
  Object.assign(new RangeError('too far', { cause: new Error('because') }), { code: 'E_FAR', limit: Infinity }),
];

/** Its errors hold what they hold of the platform. */
export const throwWithResponse = (): never => {
  throw Object.assign(new Error('refused'), { response: new Response('x') });
};

/** The value that its input is, as JSON; after a while where that says so. */
export async function parsed(line: string): Promise<unknown> {
  const { after = 0, value } = JSON.parse(line) as { after?: number; value?: unknown };
  if (after > 0) await sleepFor(after);
  if (value === 'fail') throw new Error('told to fail');
  return value;
}

/** Each is a list of what is yielded; what is none is returned. */
export function yieldedOrReturned(line: string): unknown {
  const value = JSON.parse(line) as unknown;
  return Array.isArray(value) ? (value as unknown[]).values() : value;
}

export function failOdd({ id }: { readonly id: string | number }): unknown {
  if (Number(id) % 2 === 1) throw new Error(`${id} is odd`);
  return { half: Number(id) / 2, id: `half of ${id}` };
}

export const inputItself = (input: unknown): unknown => input;

export const failEach = (input: unknown): never => {
  throw new Error(`not ${String(input)}`);
};

export async function textLateFirst(length: string): Promise<string> {
  if (length === '1') await sleepFor(1_000);
  return text(length);
}

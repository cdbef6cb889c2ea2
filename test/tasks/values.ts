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

// A copy of plain data is what packing would make of it, or there is none.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { pack } from '../../src/wire/pack.ts';
import { plainCopy } from '../../src/wire/plain-copy.ts';

const shared = { of: 'two' };
const cycle: Record<string, unknown> = { name: 'cycle', list: [] };
cycle['itself'] = cycle;
(cycle['list'] as unknown[]).push(cycle);
let nested: unknown = 1;
for (let depth = 0; depth < 150; depth++) nested = depth % 2 === 0 ? [nested] : { nested };

const plain: Record<string, object> = {
  'an empty object': {},
  'an empty list': [],
  'simple values': { a: 1, b: 'text', c: null, d: undefined, e: 10n, f: Number.NaN, g: -0, h: true },
  'lists in lists': [[1, [2, [3]]], 'x', undefined, null],
  'one object twice': { one: shared, other: [shared] },
  'a cycle': cycle,
  'a hundred objects, some of them twice': Array.from({ length: 100 }, (_, n) =>
    n % 3 === 0 ? shared : { n, shared },
  ),
  'deep nesting': [nested],
  'a property called __proto__': JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": 2}, "x": 1}') as object,
  'keys that are numbers': { 2: 'b', 1: 'a', x: [{ 10: 'c' }] },
  'a getter': {
    get now() {
      return { value: 1 };
    },
  },
  'a proxy': new Proxy({ a: [1] }, {}),
};

const others: Record<string, unknown> = {
  'a Map': { map: new Map() },
  'a date': [new Date(0)],
  bytes: { bytes: new Uint8Array(2) },
  'an error': { error: new Error('x') },
  'a class': [new (class Some {})()],
  'no prototype': Object.create(null),
  'a function': { fn: () => 1 },
  'a symbol': [Symbol('s')],
  'an async iterable': { async *[Symbol.asyncIterator]() {} },
  'a namespace': { json: JSON },
  'a list with holes': [1, , 3], // oxlint-disable-line no-sparse-arrays
  'a list with a property of its own': Object.assign([1, 2], { index: 0 }),
  'a class of lists': new (class Lists extends Array {})(),
  'a getter that throws': {
    get a(): never {
      throw new Error('no');
    },
  },
};

describe('a copy of plain data', () => {
  for (const [name, value] of Object.entries(plain)) {
    it(`of ${name} is the one that packing makes`, () => {
      const copy = plainCopy(value)?.body;
      assert.ok(copy !== undefined && copy !== value);
      assert.deepEqual(copy, pack(value, 'value', { whole: true, sharesMemory: true }).body);
    });
  }

  it('keeps what is one object one, and shares nothing with its original', () => {
    const value = { one: shared, other: [shared], cycle };
    const copy = plainCopy(value)?.body as typeof value;
    assert.equal(copy.one, copy.other[0]);
    assert.notEqual(copy.one, shared);
    assert.equal(copy.cycle['itself'], copy.cycle);
    assert.notEqual(copy.cycle, cycle);
  });

  it('sets nothing that inherited setters would see', () => {
    const copy = plainCopy(plain['a property called __proto__'] ?? {})?.body;
    assert.ok(copy !== undefined && Object.hasOwn(copy, '__proto__'));
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  });

  for (const [name, value] of Object.entries(others)) {
    it(`is not made of ${name}`, () => {
      assert.equal(plainCopy(value as object), undefined);
    });
  }

  it('tells about how many bytes it takes', () => {
    assert.equal(plainCopy({ text: 'x'.repeat(1000), list: [1, 2] })?.bytes, 8 * 2 + 1000 + 16);
  });
});

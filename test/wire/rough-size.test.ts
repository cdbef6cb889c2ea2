import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { roughSize } from '../../src/wire/rough-size.ts';

const within = (value: unknown, least: number, most: number): void => {
  const size = roughSize(value);
  assert.ok(size >= least && size <= most, `${size} is not between ${least} and ${most}`);
};

describe('the rough size', () => {
  it('of simple values is a few bytes', () => {
    for (const value of [0, -1.5, 10n, true, null, undefined, {}, [], new Date(), Symbol('s'), () => 1])
      assert.equal(roughSize(value), 8);
  });

  it('of a text is its length', () => {
    assert.equal(roughSize(''), 0);
    assert.equal(roughSize('x'.repeat(5_000_000)), 5_000_000);
  });

  it('of bytes is how many there are, wherever they stand', () => {
    const bytes = new Uint8Array(100_000);
    assert.equal(roughSize(bytes), 100_000);
    assert.equal(roughSize(bytes.buffer), 100_000);
    assert.equal(roughSize(bytes.subarray(10, 30)), 20);
    assert.equal(roughSize(Buffer.alloc(77)), 77);
    assert.equal(roughSize(new DataView(bytes.buffer)), 100_000);
    assert.equal(roughSize(new Float64Array(10)), 80);
    within({ image: { pixels: { bytes } } }, 100_000, 100_100);
  });

  it('of a list or an object is that of its parts', () => {
    assert.equal(roughSize([1, 2, 3]), 24);
    assert.equal(roughSize(['abc', 'abcde']), 8);
    within({ name: 'x'.repeat(100), age: 3 }, 108, 140);
    within(
      Array.from({ length: 10 }, () => ({ text: 'x'.repeat(1_000) })),
      10_000,
      10_200,
    );
  });

  it('of much of the same is reckoned from the first few', () => {
    const texts = Array.from({ length: 1_000_000 }, () => 'four');
    assert.equal(roughSize(texts), 4_000_000);
    const before = performance.now();
    for (let left = 1_000; left > 0; left--) roughSize(texts);
    assert.ok(performance.now() - before < 1_000, 'whatever its length it costs next to nothing');
  });

  it('ends for what is deep or goes round', () => {
    const round: Record<string, unknown> = { name: 'round' };
    round['self'] = round;
    round['list'] = [round, round];
    within(round, 8, 10_000);
    let deep: unknown = 1;
    for (let left = 10_000; left > 0; left--) deep = [deep];
    within(deep, 8, 100);
  });

  it('never throws', () => {
    const broken = {
      get part(): never {
        throw new Error('no');
      },
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [broken, [broken], proxy, { proxy }, Object.create(null)]) assert.equal(roughSize(value), 8);
  });
});

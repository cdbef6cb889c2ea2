import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { nothing, Unread } from '../../src/runner/unread.ts';
import { seeded } from '../support/random.ts';

describe('what is unread', () => {
  it('is handed over in order, and not before what stands in front of it', () => {
    const unread = new Unread();
    unread.put(2, 'c');
    unread.put(1, 'b');
    assert.equal(unread.take(), nothing);
    unread.put(0, 'a');
    assert.deepEqual([unread.take(), unread.take(), unread.take()], ['a', 'b', 'c']);
    assert.equal(unread.take(), nothing);
  });

  it('can be anything, also undefined', () => {
    const unread = new Unread();
    for (const value of [undefined, null, NaN, '', false]) unread.push(value);
    const all: unknown[] = ['before'];
    assert.equal(unread.takeAll(all), 5);
    assert.deepEqual(all, ['before', undefined, null, NaN, '', false]);
    assert.equal(unread.takeAll(all), 0);
  });

  it('may be far apart', () => {
    const unread = new Unread();
    unread.put(100_000, 'last');
    for (let index = 99_999; index >= 0; index--) unread.put(index, index);
    const all: unknown[] = [];
    assert.equal(unread.takeAll(all), 100_001);
    assert.ok(all.every((value, index) => value === (index === 100_000 ? 'last' : index)));
  });

  it('does what a plain list does, through any mix of putting and taking', () => {
    const random = seeded(3);
    const unread = new Unread();
    const ready = new Map<number, number>();
    const owed: number[] = [];
    let next = 0;
    let first = 0;
    const takeOne = (): unknown => {
      if (!ready.has(first)) return nothing;
      const value = ready.get(first);
      ready.delete(first++);
      return value;
    };
    for (let step = 0; step < 50_000; step++) {
      const what = random(10);
      if (what < 4) owed.push(next++);
      else if (what < 8 && owed.length > 0) {
        // The oldest comes early now and then, or the ring would only grow.
        const [index = 0] = owed.splice(random(4) === 0 ? 0 : random(owed.length), 1);
        unread.put(index, step);
        ready.set(index, step);
      } else if (what === 8) assert.equal(unread.take(), takeOne());
      else {
        const all: unknown[] = [];
        const count = unread.takeAll(all);
        const expected: unknown[] = [];
        for (let value = takeOne(); value !== nothing; value = takeOne()) expected.push(value);
        assert.deepEqual(all, expected);
        assert.equal(count, expected.length);
      }
    }
    assert.ok(first > 1_000, `only ${first} were taken`);
  });

  it('is a plain queue where the order does not matter', () => {
    const random = seeded(4);
    const unread = new Unread();
    const list: number[] = [];
    for (let step = 0; step < 20_000; step++) {
      if (random(3) > 0) {
        unread.push(step);
        list.push(step);
      } else if (random(50) === 0) {
        const all: unknown[] = [];
        unread.takeAll(all);
        assert.deepEqual(all, list.splice(0));
      } else assert.equal(unread.take(), list.shift() ?? nothing);
    }
  });
});

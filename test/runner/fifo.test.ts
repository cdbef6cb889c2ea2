import assert from 'node:assert/strict';
import { it } from 'node:test';

import { Fifo } from '../../src/runner/fifo.ts';

it('a fifo does what an array does, through any mix of both ends', () => {
  const fifo = new Fifo<number>();
  const array: (number | undefined)[] = [];
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let step = 0; step < 50_000; step++) {
    const what = random(step % 10_000 < 5_000 ? 5 : 8);
    if (what < 3) {
      fifo.push(step);
      array.push(step);
    } else if (what === 3) {
      fifo.unshift(step);
      array.unshift(step);
    } else {
      assert.equal(fifo.peek(), array[0]);
      assert.equal(fifo.shift(), array.shift());
    }
    assert.equal(fifo.size, array.length);
    if (step % 1_000 === 0) assert.deepEqual([...fifo], array);
  }
  assert.deepEqual(fifo.drain(), array);
  assert.equal(fifo.size, 0);
  assert.equal(fifo.shift(), undefined);
});

// Tasks that travel in one message have nothing in common: each is given objects of its own. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { kinds, makePool, watch } from '../../support/pools.ts';
import { Money, doubleMoney } from '../../tasks/portables.ts';
import { restore, storage, stored } from '../../tasks/propagated.ts';
import { countUp, countUpSecond, growFirst, sameDate, shareMemory } from '../../tasks/sharing.ts';

watch();

const times = <T>(count: number, call: () => T): T[] => Array.from({ length: count }, call);

for (const kind of kinds) {
  describe(`what several tasks are given, over ${kind}`, () => {
    it('is each one’s own, also where it is one object and they travel together', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      for (let round = 0; round < 6; round++) await Promise.all(times(20, () => pool.run(countUp, { n: 0 })));
      const one = { n: 0 };
      const results = await pool
        .map(
          countUp,
          times(200, () => one),
        )
        .toArray();
      assert.deepEqual(new Set(results), new Set([1]));
      const inside = { inner: one, when: new Date(), list: [one] };
      assert.deepEqual(new Set(await Promise.all(times(50, () => pool.run(countUpSecond, 1, inside)))), new Set([1]));
      const money = new Money(2);
      const doubled = await Promise.all(times(20, () => pool.run(doubleMoney, money)));
      assert.equal(new Set(doubled).size, 20);
    });

    it('has memory of its own, and keeps what its parts have in common', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      for (let round = 0; round < 6; round++)
        await Promise.all(times(20, () => pool.run(growFirst, new Uint8Array(1))));
      const bytes = new Uint8Array(100);
      for (const view of [bytes, bytes.subarray(2, 6), new Float64Array(3), Buffer.alloc(20_000), Buffer.from('abc')]) {
        const [first = 0] = view;
        const ends = await Promise.all(times(10, () => pool.run(growFirst, view)));
        for (const end of ends) assert.deepEqual(end, [view.constructor.name, first + 1, view.length]);
      }
      const shared = await Promise.all(times(10, () => pool.run(shareMemory, bytes, bytes.subarray(0, 3))));
      assert.ok(shared.every(Boolean));
      const buffer = Buffer.alloc(20_000);
      assert.ok((await Promise.all(times(10, () => pool.run(shareMemory, buffer, buffer.subarray())))).every(Boolean));
    });

    it('comes along with each as its own', async (t) => {
      const pool = makePool(t, { kind, workers: 1, propagate: { capture: () => storage.getStore(), restore } });
      const captured = await storage.run({ list: [] }, () => pool.map(stored, times(100, () => 1) as never).toArray());
      assert.equal(new Set(captured).size, captured.length);
    });

    it('is each one’s own on the way back too', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const dates = await pool
        .map(
          sameDate,
          times(200, () => 1),
        )
        .toArray();
      assert.equal(new Set(dates.map(({ date }) => date)).size, 200);
    });
  });
}

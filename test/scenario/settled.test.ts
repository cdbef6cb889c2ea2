// Every promise settles, and a place that was given up is free, whatever came before.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NotSerializableError, type Pool } from '../../src/index.ts';
import { farKinds, kinds, makePool, until, watch } from '../support/pools.ts';
import { echo, increment, never, sleep } from '../tasks/basic.ts';
import { lengthLater } from '../tasks/bytes.ts';
import { spinHere } from '../tasks/spread.ts';

watch();

const ids = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** How promises end; fails where one does not within five seconds, and says so of the pool. */
async function endsOf<T>(pool: Pool, promises: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  let ends: PromiseSettledResult<T>[] | undefined;
  void Promise.allSettled(promises).then((settled) => (ends = settled));
  await until(
    () => ends !== undefined,
    () => `all are settled, but: ${JSON.stringify(pool.stats())}`,
    5_000,
  );
  return ends ?? [];
}

for (const kind of kinds) {
  describe(`over ${kind}`, () => {
    it('tasks that cannot be encoded make room for those behind them', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const values = [() => 1, () => 2, 'fine', ...ids(100).map(() => Symbol('no')), 'fine'];
      const ends = await endsOf(
        pool,
        values.map((value) => pool.run(echo, value)),
      );
      for (const [n, end] of ends.entries()) {
        if (end.status === 'fulfilled') assert.equal(end.value, values[n]);
        else assert.ok(end.reason instanceof NotSerializableError && typeof values[n] !== 'string');
      }
    });

    it('a source may end its own pool as it is read', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      for (let round = 0; round < 12; round++) await Promise.all(ids(60).map((n) => pool.run(increment, n)));
      function* source(): Generator<number> {
        yield* ids(4);
        void pool.terminate(new Error('enough'));
        yield 4;
      }
      // The first items of both travel together, and come back together.
      const both = [
        pool.map(increment, source(), { window: 4 }).toArray(),
        pool.map(increment, ids(20), { window: 20 }).toArray(),
      ];
      const ends = await endsOf(pool, both);
      assert.ok(ends.every(({ status }) => status === 'rejected'));
      const { submitted, fulfilled, failed, queued, inFlight } = pool.stats();
      assert.deepEqual([queued, inFlight], [0, 0]);
      assert.equal(fulfilled + failed, submitted);
    });
  });
}

for (const kind of farKinds) {
  describe(`what a worker gives back, over ${kind}`, () => {
    it('is not empty where it was moved', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 2 });
      for (let round = 0; round < 12; round++)
        await Promise.all(ids(60).map(() => pool.run(lengthLater, new ArrayBuffer(8), 0)));
      const ends = await endsOf(
        pool,
        ids(40).map(() => {
          const buffer = new ArrayBuffer(8);
          return pool.with({ transfer: [buffer] }).run(lengthLater, buffer, 2);
        }),
      );
      for (const end of ends) assert.deepEqual(end, { status: 'fulfilled', value: 8 });
    });

    it('is still for that worker where it was broadcast', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1 });
      await pool.broadcast(sleep, 1);
      const busy = [pool.run(sleep, 400), pool.run(sleep, 700)];
      await until(() => pool.stats().workers.every(({ inFlight }) => inFlight === 1), 'both are busy');
      assert.deepEqual((await pool.broadcast(spinHere, 0)).toSorted(), [1, 2]);
      await Promise.all(busy);
    });
  });
}

it('a task that was given up inline leaves its place to others', async (t) => {
  const pool = makePool(t, { kind: 'inline', workers: 1, concurrency: 1, graceMs: 0 });
  const results = pool.map(never, [1])[Symbol.asyncIterator]();
  void results.next().catch(() => {});
  await until(() => pool.stats().inFlight === 1, 'it runs');
  await results.return?.();
  const [end] = await endsOf(pool, [pool.run(increment, 1)]);
  assert.deepEqual(end, { status: 'fulfilled', value: 2 });
});

// Tasks that are refused, split, given back, taken back or given up: whatever becomes of some, the others go on.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleepFor } from 'node:timers/promises';

import { NotSerializableError } from '../../src/index.ts';
import { freshFile } from '../support/files.ts';
import { farKinds, kinds, makePool, until, watch } from '../support/pools.ts';
import { seeded } from '../support/random.ts';
import { echo, increment, never } from '../tasks/basic.ts';
import { holdBytes, mayWait, needs, note, spinFor } from '../tasks/moves.ts';

watch();

const refused = (): void => {};

for (const kind of kinds) {
  describe(`over ${kind}`, () => {
    it('tasks that cannot be sent leave their room to those behind them', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const ends = await Promise.allSettled([refused, refused, refused, 4, 5].map((value) => pool.run(echo, value)));
      assert.deepEqual(
        ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).name)),
        ['NotSerializableError', 'NotSerializableError', 'NotSerializableError', 4, 5],
      );
    });

    it('items that cannot be sent do not stop a map that settles', async (t) => {
      const pool = makePool(t, { kind });
      await pool.broadcast(increment, 1);
      const ends = await pool.map(echo, [refused, refused, refused, 3, 4], { settled: true }).toArray();
      assert.deepEqual(
        ends.map(({ status }) => status),
        ['rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
      );
    });

    it('what is given back because too many would run at once stays whole, though its memory was moved', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
      const small = Array.from({ length: 64 }, () => ({ bytes: new ArrayBuffer(1), ms: 0 }));
      for (let round = 0; round < 6; round++) await pool.map(holdBytes, small).toArray();
      const running = Array.from({ length: 12 }, () => {
        const bytes = new ArrayBuffer(100);
        return pool.with({ transfer: [bytes] }).run(holdBytes, { bytes, ms: 20 });
      });
      assert.deepEqual(new Set(await Promise.all(running)), new Set([100]));
    });

    it('a pool that is terminated while items of a map back off settles each once', async (t) => {
      const { fail } = await import('../tasks/failing.ts');
      const pool = makePool(t, { kind, workers: 1 });
      const patient = pool.with({ retry: { backoff: { initialMs: 1e6 } } });
      const results = [patient.map(fail, ['Error', 'TypeError', 'RangeError']).toArray(), patient.run(fail, 'Error')];
      const ends = Promise.allSettled(results);
      await until(() => pool.stats().backingOff === 4, 'all back off');
      await pool.terminate();
      for (const end of await ends) assert.equal(end.status, 'rejected');
      const { submitted, fulfilled, failed } = pool.stats();
      assert.deepEqual([submitted, fulfilled, failed], [4, 0, 4]);
    });

    it('a pool that is terminated by the source of a map settles each task once', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      for (let round = 0; round < 6; round++) await pool.map(increment, Array(64).fill(1)).toArray();
      const spinning = pool.run(spinFor, 30);
      spinning.catch(() => {});
      await nextTurn();
      let pulled = 0;
      function* source(): Generator<number> {
        for (;;) {
          if (++pulled === 3) void pool.terminate(new Error('stop'));
          if (pulled > 6) return;
          yield pulled;
        }
      }
      const mapped = pool.map(increment, source(), { window: 2 }).toArray();
      mapped.catch(() => {});
      await nextTurn();
      const running = Array.from({ length: 30 }, () => pool.run(increment, 1));
      await Promise.allSettled([...running, mapped, spinning]);
      await pool.terminate();
      const { submitted, fulfilled, failed } = pool.stats();
      assert.equal(fulfilled + failed, submitted);
    });
  });
}

for (const kind of farKinds) {
  describe(`over ${kind}`, () => {
    it('maps that are left while tasks are taken back end', async (t) => {
      const pool = makePool(t, { kind, workers: 3, graceMs: 60_000 });
      const random = seeded(kind.length);
      await pool.broadcast(increment, 1);
      for (let round = 0; round < 30; round++) {
        await pool.map(spinFor, Array<number>(300).fill(0)).toArray();
        const inputs = Array.from({ length: 60 }, () => (random(10) < 3 ? 1 + random(8) : 0.02));
        const stopAfter = 1 + random(40);
        let read = 0;
        for await (const _ of pool.map(spinFor, inputs, { ordered: random(2) === 0 })) if (++read >= stopAfter) break;
      }
      assert.equal(pool.stats().inFlight, 0);
    });

    it('every worker has work again after a map failed by what cannot be sent', async (t) => {
      const pool = makePool(t, { kind });
      await pool.broadcast(increment, 1);
      await assert.rejects(pool.map(echo, [refused, 1]).toArray(), NotSerializableError);
      assert.deepEqual(new Set(await Promise.all([pool.run(spinFor, 50), pool.run(spinFor, 50)])), new Set([1, 2]));
    });

    it('a broadcast reaches each worker once, however busy they are', async (t) => {
      const pool = makePool(t, { kind, concurrency: 4 });
      await pool.broadcast(mayWait, 0);
      for (let round = 0; round < 5; round++) await pool.map(mayWait, Array<number>(64).fill(0)).toArray();
      const busy = pool.map(mayWait, Array<number>(40).fill(20)).toArray();
      for (let round = 0; round < 10; round++) {
        assert.deepEqual(new Set(await pool.broadcast(mayWait, 0)), new Set([1, 2]));
        await sleepFor(5);
      }
      await busy;
    });

    it('what waited while a setup failed is not in the way later', async (t) => {
      const file = freshFile();
      const pool = makePool(t, { kind, workers: 1, setup: { task: needs, args: [file] } });
      async function* source(): AsyncGenerator<number> {
        for (let n = 0; n < 20; n++) {
          await nextTurn();
          yield n;
        }
      }
      await assert.rejects(pool.map(increment, source()).toArray(), { name: 'WorkerStartError' });
      assert.equal(pool.stats().queued, 0);
      writeFileSync(file, '');
      await until(async () => (await pool.run(increment, 1).catch(() => 0)) === 2, 'a worker starts again');
    });
  });
}

describe('over thread', () => {
  it('more broadcasts than fit into a message are all made', async (t) => {
    const pool = makePool(t, { kind: 'thread', workers: 1 });
    const results = await Promise.all(Array.from({ length: 9_000 }, () => pool.broadcast(increment, 1)));
    assert.equal(results.flat().length, 9_000);
  });
});

describe('over process', () => {
  it('a task that started does not run again because its neighbour could not be sent', async (t) => {
    const file = freshFile();
    writeFileSync(file, '');
    const pool = makePool(t, { workers: 1 });
    const warm = Array.from({ length: 64 }, (_, n) => ({ n }));
    for (let round = 0; round < 6; round++) await pool.map(note, warm).toArray();
    const odd = { n: 0, refused } as { n: number };
    const inputs = [odd, { n: 1, file }, { n: 2, file, dies: true }, { n: 3, file }];
    const ends = await pool.map(note, inputs, { settled: true }).toArray();
    assert.equal(ends.length, 4);
    assert.equal(readFileSync(file, 'utf8'), '1 2 3 ');
  });
});

describe('inline', () => {
  it('a task that was given up leaves its place to others', async (t) => {
    const pool = makePool(t, { kind: 'inline', workers: 1, concurrency: 2, graceMs: 20 });
    for (let round = 0; round < 2; round++) {
      const results = pool.map(never, [undefined, undefined] as never[])[Symbol.asyncIterator]();
      void results.next();
      await until(() => pool.stats().inFlight === 2, 'both run');
      await results.return?.();
    }
    assert.equal(await pool.run(increment, 1), 2);
  });
});

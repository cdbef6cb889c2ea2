// How work finds the free loop: nothing waits behind one that is held while another has nothing to do.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { Pool } from '../../src/index.ts';
import { freshFile, linesOf } from '../support/files.ts';
import { farKinds, makePool, onceOf, until, watch } from '../support/pools.ts';
import { increment, pid, sleep, spin } from '../tasks/basic.ts';
import { afterLoad } from '../tasks/slow-load.ts';
import { changesItsWay, mayTakeLong, spinHere } from '../tasks/spread.ts';
import { noteAfterLoad } from '../tasks/uneven-load.ts';

watch();

const ids = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Lets every worker run a function until its messages are large. */
async function warm(pool: Pool): Promise<void> {
  await pool.broadcast(mayTakeLong, 0);
  for (let round = 0; round < 12; round++) await Promise.all(ids(50).map(() => pool.run(mayTakeLong, 0)));
}

/** The most that any worker had in flight, looked at whenever something may have changed. */
function watchInFlight(pool: Pool): { most: number; stop: () => void } {
  const seen = { most: 0, stop: () => clearInterval(timer) };
  const timer = setInterval(() => {
    for (const { inFlight } of pool.stats().workers) seen.most = Math.max(seen.most, inFlight);
  }, 1);
  return seen;
}

for (const kind of farKinds) {
  describe(`work is spread, over ${kind}`, () => {
    it('so that 100 short tasks behind a long one are not behind it', async (t) => {
      const pool = makePool(t, { kind, concurrency: 8 });
      await pool.broadcast(pid);
      let ended = 0;
      const long = pool.run(spin, 1_500);
      const short = ids(100).map(async (n) => {
        assert.equal(await pool.run(increment, n), n + 1);
        ended++;
      });
      await Promise.race([long, Promise.all(short)]);
      assert.ok(ended >= 97, `${ended} ended before it`);
    });

    for (const how of ['holds', 'leaves free']) {
      for (const isWarm of [false, true]) {
        it(`so that nothing waits for a module that loads in one worker and ${how} its loop, while another has loaded it${isWarm ? ', also in workers that are not new' : ''}`, async (t) => {
          const file = freshFile();
          const env = { UNEVEN_LOAD_FILE: file, UNEVEN_LOAD_HOW: how };
          const pool = makePool(t, { kind, workers: 2, concurrency: 1, env });
          if (isWarm) await pool.broadcast(pid);
          const first = await pool.run(noteAfterLoad, 0);
          // The next one goes to the worker that has not loaded the module.
          const busy = pool.run(noteAfterLoad, 1);
          const others = ids(5).map((n) => pool.run(noteAfterLoad, n + 2));
          const workers = new Set(await Promise.all([busy, ...others]));
          assert.deepEqual([...workers], [first]);
          if (isWarm) await until(() => existsSync(`${file}-loading`), 'the other one has begun to load it');
          assert.deepEqual(
            linesOf(file).toSorted(),
            ids(7).map((n) => `${n}`),
            'each has run once',
          );
          assert.equal(await pool.run(noteAfterLoad, 9), first, 'nor does what comes later');
        });
      }
    }

    it('evenly where tasks compute, one at a time for each worker', async (t) => {
      const pool = makePool(t, { kind });
      await pool.broadcast(spinHere, 20);
      const run16 = async (): Promise<number[]> => {
        const before = pool.stats().workers.map(({ ended }) => ended);
        const seen = watchInFlight(pool);
        await Promise.all(ids(16).map(() => pool.run(spinHere, 50)));
        seen.stop();
        assert.equal(seen.most, 1, 'none waits behind another');
        return pool.stats().workers.map(({ ended }, at) => ended - (before[at] ?? 0));
      };
      // Each is as long as the others.
      await onceOf(4, run16, (counts) => counts.every((count) => count >= 7 && count <= 9));
    });

    it('so that what is behind a task that takes long for once is taken back', async (t) => {
      const pool = makePool(t, { kind });
      await warm(pool);
      const order: number[] = [];
      const longOne = 40;
      await Promise.all(
        ids(100).map(async (n) => {
          await pool.run(mayTakeLong, n === longOne ? 500 : 0);
          order.push(n);
        }),
      );
      // Those in front of it in its message had ended, but their loop could not say so.
      const behind = order.slice(order.indexOf(longOne)).filter((n) => n > longOne);
      assert.deepEqual(behind, []);
    });

    it('so that it is taken back also by a worker that only waits', async (t) => {
      const pool = makePool(t, { kind });
      await warm(pool);
      void pool.broadcast(sleep, 2_000).catch(() => {});
      await until(() => pool.stats().inFlight === 2, 'both wait');
      const order: number[] = [];
      const longOne = 20;
      await Promise.all(
        ids(60).map(async (n) => {
          await pool.run(mayTakeLong, n === longOne ? 500 : 0);
          order.push(n);
        }),
      );
      const behind = order.slice(order.indexOf(longOne)).filter((n) => n > longOne);
      assert.deepEqual(behind, []);
    });

    it('with as many tasks in a message as credit says', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      // It costs little, as is known by now; but the loop has never had more than one at a time.
      for (let left = 10; left > 0; left--) await pool.run(sleep, 1);
      const all = ids(100).map(() => pool.run(sleep, 1));
      const first = await new Promise<number>((resolve) => process.nextTick(() => resolve(pool.stats().inFlight)));
      assert.ok(first > 0 && first <= 2, `${first} in one message after one in each`);
      await Promise.all(all);
    });

    it('over more workers only where tasks hold those there are', async (t) => {
      const runTiny = async (): Promise<Pool> => {
        const pool = makePool(t, { kind, workers: { min: 1, max: 2 } });
        for (let n = 0; n < 300; n++) assert.equal(await pool.run(increment, n), n + 1);
        await Promise.all(ids(40).map((n) => pool.run(increment, n)));
        return pool;
      };
      // Tiny ones need no second.
      const pool = await onceOf(6, runTiny, (ran) => ran.stats().workers.length === 1);
      // The second worker has two seconds to start; until it has, the first takes one after the other.
      const workers = await Promise.all(ids(4).map(() => pool.run(spinHere, 500)));
      assert.deepEqual([...new Set(workers)].toSorted(), [1, 2]);
    });

    it('past a function whose module is slow to load', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.run(pid);
      const slow = pool.run(afterLoad, 7);
      const quick = Promise.all(ids(50).map((n) => pool.run(increment, n)));
      const first = await Promise.race([slow.then(() => 'slow'), quick.then(() => 'quick')]);
      assert.equal(first, 'quick');
      assert.equal(await slow, 7);
    });

    it('within the concurrency where a function that was plain turns out to be async', async (t) => {
      const pool = makePool(t, { kind, concurrency: 2 });
      await pool.broadcast(pid);
      const told = await Promise.all(ids(900).map((n) => pool.run(changesItsWay, n, 300)));
      assert.deepEqual(
        told.map(({ n }) => n),
        ids(900),
      );
      const async = told.filter(({ isAsync }) => isAsync);
      assert.ok(async.length >= 300);
      assert.ok(
        async.every(({ most }) => most <= 2),
        'never more than two at once',
      );
      assert.equal(new Set(async.slice(-50).map(({ worker }) => worker)).size, 2, 'both take part');
      await until(() => pool.stats().inFlight === 0, 'all has ended');
    });
  });
}

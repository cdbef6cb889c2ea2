// The lives of workers: how many there are, what they are set up with, and when they are replaced.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { InvalidOptionError, PoolClosedError, type Pool } from '../../../src/index.ts';
import { freshFile, linesOf } from '../../support/files.ts';
import { farKinds, kinds, makePool, onceOf, rejectionOf, until, watch } from '../../support/pools.ts';
import { isWholeRun } from '../../support/shares.ts';
import { increment, sleep, spin, whoAmI } from '../../tasks/basic.ts';
import { closeHandle, countTasks, gather, openHandle, stateOf, useHandle } from '../../tasks/lives.ts';

watch();

const ids = (length: number): number[] => Array.from({ length }, (_, n) => n);
const live = (pool: Pool): number => pool.stats().workers.length;

for (const kind of kinds) {
  it(`a broadcast finds a worker where all that there are leave, over ${kind}`, async (t) => {
    const pool = makePool(t, {
      kind,
      workers: { min: 0, max: 1 },
      idleTimeoutMs: 1,
      teardown: { task: sleep, args: [300] },
    });
    await pool.run(increment, 1);
    await until(() => pool.stats().workers.every(({ state }) => state === 'draining'), 'it leaves');
    assert.deepEqual(await pool.broadcast(increment, 1), [2]);
  });

  describe(`the state of a worker, over ${kind}`, () => {
    it('is what its setup returned, for each of its tasks and its teardown', async (t) => {
      const file = freshFile();
      const setup = { task: openHandle, args: ['handle'] };
      const pool = makePool(t, { kind, workers: 1, setup, teardown: { task: closeHandle, args: [file] } });
      assert.equal(await pool.run(useHandle), 'handle 1');
      assert.deepEqual((await Promise.all(ids(3).map(() => pool.run(useHandle)))).toSorted(), [
        'handle 2',
        'handle 3',
        'handle 4',
      ]);
      await pool.close();
      assert.deepEqual(linesOf(file), ['1 handle 5']);
    });

    it('is not a part of what a task returns of its worker, and undefined without setup', async (t) => {
      const pool = makePool(t, { kind, workers: 1, setup: { task: openHandle, args: ['handle'] } });
      const [worker, type] = (await pool.run(stateOf)) as [object, string];
      assert.deepEqual([Object.keys(worker), type], [['id', 'kind', 'pid'], 'object']);
      const plain = makePool(t, { kind, workers: 1 });
      assert.equal(((await plain.run(stateOf)) as [object, string])[1], 'undefined');
    });
  });
}

for (const kind of farKinds) {
  describe(`how many workers there are, over ${kind}`, () => {
    it('is as few as do, and more only for what waits', async (t) => {
      // Where another program holds its one worker up, two tasks wait as well.
      const pool = await onceOf(
        3,
        async () => {
          const own = makePool(t, { kind, workers: { min: 1, max: 3 }, concurrency: 2 });
          await own.run(sleep, 1);
          await Promise.all(ids(2).map(() => own.run(sleep, 20)));
          return own;
        },
        (own) => live(own) === 1,
      );
      await Promise.all(ids(12).map(() => pool.run(sleep, 50)));
      assert.equal(live(pool), 3);
    });

    it('falls to the least when they have had nothing to do for a while, and each tears down', async (t) => {
      const file = freshFile();
      const pool = makePool(t, {
        kind,
        workers: { min: 1, max: 3 },
        concurrency: 1,
        idleTimeoutMs: 60,
        setup: { task: openHandle, args: ['h'] },
        teardown: { task: closeHandle, args: [file] },
      });
      await Promise.all(ids(9).map(() => pool.run(sleep, 30)));
      assert.equal(live(pool), 3);
      await until(() => live(pool) === 1, 'two have ended');
      await until(() => linesOf(file).length === 2, 'they have torn down');
      assert.equal(new Set(linesOf(file)).size, 2);
      assert.deepEqual(
        await Promise.all(ids(9).map(() => pool.run(sleep, 20))),
        ids(9).map(() => 20),
      );
    });

    it('falls to none where that is the least, and the next task starts one', async (t) => {
      const pool = makePool(t, { kind, workers: { min: 0, max: 2 }, idleTimeoutMs: 30 });
      assert.equal(await pool.run(increment, 1), 2);
      await until(() => live(pool) === 0, 'it has ended');
      assert.equal(await pool.run(increment, 2), 3);
    });

    it('loses no task where workers come and go all the time', async (t) => {
      const pool = makePool(t, { kind, workers: { min: 0, max: 3 }, concurrency: 2, idleTimeoutMs: 1 });
      const rounds = isWholeRun ? 12 : 5;
      for (const round of ids(rounds)) {
        const results = await Promise.all(ids(8).map((n) => pool.run(sleep, (n + round) % 4)));
        assert.deepEqual(
          results,
          ids(8).map((n) => (n + round) % 4),
        );
        await pool.run(spin, round % 3);
      }
      const { submitted, fulfilled } = pool.stats();
      assert.deepEqual([submitted, fulfilled], [9 * rounds, 9 * rounds]);
    });

    it('can be changed while they work', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 2 });
      const running = ids(40).map(() => pool.run(sleep, 20));
      await until(() => pool.stats().inFlight > 0, 'it works');
      await pool.resize(3);
      await until(() => pool.stats().workers.filter(({ state }) => state === 'ready').length === 3, 'there are three');
      await pool.resize({ min: 1, max: 2 });
      assert.equal(live(pool), 2);
      await pool.resize(1);
      assert.equal(live(pool), 1);
      assert.deepEqual(
        await Promise.all(running),
        ids(40).map(() => 20),
      );
      await rejectionOf(InvalidOptionError, pool.resize(0));
      await pool.close();
      await rejectionOf(PoolClosedError, pool.resize(2));
    });

    it('can be changed before there are any, and while they start', async (t) => {
      const pool = makePool(t, { kind, workers: 4 });
      await pool.resize(2);
      const first = pool.run(increment, 1);
      await until(() => live(pool) > 0, 'they start');
      await pool.resize(1);
      assert.equal(await first, 2);
      assert.equal(live(pool), 1);
      const crowd = await Promise.all(ids(20).map(() => pool.run(whoAmI, 5)));
      assert.equal(new Set(crowd.map(({ worker }) => worker.id)).size, 1);
    });

    it('moves keys from workers that leave', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1 });
      await pool.broadcast(increment, 1);
      const runs = ids(10).map((n) => pool.with({ key: n % 2 }).run(sleep, 50));
      await until(() => pool.stats().inFlight === 2, 'both work');
      await pool.resize(1);
      assert.deepEqual(
        await Promise.all(runs),
        ids(10).map(() => 50),
      );
    });
  });

  describe(`a worker is replaced, over ${kind}`, () => {
    it('after exactly so many tasks, however many run at once', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 5, recycle: { afterTasks: 7 } });
      const runs = await Promise.all(ids(70).map((n) => pool.run(countTasks, n % 4)));
      const counts = new Map<number, number>();
      for (const [worker, count] of runs) counts.set(worker, Math.max(count, counts.get(worker) ?? 0));
      assert.ok(
        [...counts.values()].every((count) => count <= 7),
        [...counts].join(' '),
      );
      assert.equal(
        [...counts.values()].reduce((sum, count) => sum + count, 0),
        70,
      );
      assert.ok(counts.size >= 10 && counts.size <= 12, `${counts.size} workers`);
    });

    it('also where the tasks are tiny and many travel in a message', async (t) => {
      const pool = makePool(t, { kind, workers: 1, recycle: { afterTasks: 100 } });
      const results = await pool.map(increment, ids(1_000)).toArray();
      assert.deepEqual(
        results,
        ids(1_000).map((n) => n + 1),
      );
      const [worker] = await pool.run(countTasks);
      assert.equal(worker, 11);
    });

    it('by one that is started before it leaves, and tears down', async (t) => {
      const file = freshFile();
      const pool = makePool(t, {
        kind,
        workers: 1,
        recycle: { afterTasks: 2 },
        setup: { task: openHandle, args: ['h'] },
        teardown: { task: closeHandle, args: [file] },
      });
      await pool.run(useHandle);
      const last = pool.run(sleep, 1_000);
      await until(() => pool.stats().workers.some(({ id, state }) => id === 2 && state === 'ready'), 'the next is up');
      assert.ok(
        pool.stats().workers.some(({ id }) => id === 1),
        'and this one has not ended',
      );
      assert.equal(await pool.run(useHandle), 'h 1', 'the next one works already');
      assert.equal(await last, 1_000);
      await until(() => linesOf(file).length === 1, 'it has torn down');
      assert.deepEqual(linesOf(file), ['1 h 2']);
    });

    it('and broadcasts and keys go to those that stay', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1, recycle: { afterTasks: 3 } });
      for (const round of ids(isWholeRun ? 8 : 4)) {
        const all = await pool.broadcast(countTasks);
        assert.ok(all.length >= 1 && all.every(([, count]) => count <= 3), `round ${round}`);
        const [, count] = await pool.with({ key: 'k' }).run(countTasks);
        assert.ok(count <= 3);
      }
    });

    it('when it has grown too large', async (t) => {
      if (kind === 'thread') {
        assert.throws(
          () => makePool(t, { kind, recycle: { aboveRssBytes: 1 } }),
          /needs workers with memory of their own/,
        );
        return;
      }
      const pool = makePool(t, { kind, workers: 1, recycle: { aboveRssBytes: 250 << 20 } });
      assert.equal(await pool.run(gather, 10), 1);
      await Promise.all([pool.run(sleep, 1_500), pool.run(sleep, 10)]);
      assert.equal(await pool.run(gather, 300), 1, 'it has not grown before');
      const still = pool.run(sleep, 3_000);
      await until(() => pool.stats().workers.some(({ id }) => id === 2), 'the next is started');
      assert.equal(await still, 3_000, 'what it had went on');
      assert.equal(await pool.run(gather, 1), 2);
    });
  });
}

for (const kind of farKinds) {
  describe(`how many workers there are, over ${kind}`, () => {
    it('is bounded, however soon each has had all of its tasks', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1, recycle: { afterTasks: 1 } });
      let most = 0;
      const counting = setInterval(() => (most = Math.max(most, live(pool))), 5);
      t.after(() => clearInterval(counting));
      await Promise.all([
        ...ids(6).map(() => pool.run(sleep, 100)),
        ...ids(4).map(() => pool.with({ key: 'one' }).run(sleep, 100)),
      ]);
      assert.ok(most <= 2, `there were ${most}`);
      assert.equal(pool.stats().fulfilled, 10);
    });

    it('is not raised for what waits for one of them, or for the rate', async (t) => {
      const keyed = makePool(t, { kind, workers: { min: 0, max: 4 }, concurrency: 1 });
      await Promise.all(ids(8).map(() => keyed.with({ key: 'one' }).run(sleep, 20)));
      assert.equal(live(keyed), 1);
      const run = async (): Promise<number> => {
        const paced = makePool(t, {
          kind,
          workers: { min: 0, max: 4 },
          concurrency: 1,
          rate: { limit: 1, intervalMs: 150 },
        });
        await Promise.all(ids(4).map(() => paced.run(increment, 1)));
        return live(paced);
      };
      // One that takes longer to start than the rate lets others wait is not enough.
      await onceOf(3, run, (workers) => workers === 1);
    });

    it('is none before long where they may be idle for no time at all, and tasks run all the same', async (t) => {
      const pool = makePool(t, { kind, workers: { min: 0, max: 2 }, idleTimeoutMs: 0 });
      assert.deepEqual(await Promise.all(ids(20).map((n) => pool.run(increment, n))), ids(21).slice(1));
      await until(() => live(pool) === 0, 'none is left');
      assert.equal(await pool.run(sleep, 1), 1);
    });

    it('is as asked for after a resize in the middle of a setup, which is no failure of it', async (t) => {
      const pool = makePool(t, { kind, workers: 3, setup: { task: sleep, args: [400] }, graceMs: 20 });
      const waiting = Promise.all(ids(3).map((n) => pool.run(increment, n)));
      await until(() => live(pool) === 3, 'all are starting');
      await pool.resize(1);
      await pool.resize(3);
      await until(() => live(pool) === 3, 'three are there again');
      assert.deepEqual(await waiting, [1, 2, 3]);
    });
  });
}

// What tasks are bound to: priorities, keys, the room in the queue, the rate. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleepFor } from 'node:timers/promises';

import {
  PoolClosedError,
  QueueFullError,
  tasksFrom,
  WorkerStartError,
  type Pool,
  type RunOptions,
} from '../../../src/index.ts';
import { freshFile, linesOf } from '../../support/files.ts';
import { farKinds, kinds, makePool, onceOf, rejection, rejectionOf, until, watch } from '../../support/pools.ts';
import { noteAndExitOnce } from '../../tasks/attempts.ts';
import { echo, increment, pid, sleep, spin, whoAmI } from '../../tasks/basic.ts';
import { countTasks, startedAt, startedAtTwice } from '../../tasks/lives.ts';

watch();

const exitsAtLoad = tasksFrom<typeof import('../../tasks/exits-at-load.ts')>(
  new URL('../../tasks/exits-at-load.ts', import.meta.url),
);
const slow = tasksFrom<typeof import('../../tasks/slow-load.ts')>(new URL('../../tasks/slow-load.ts', import.meta.url));

const ids = (length: number): number[] => Array.from({ length }, (_, n) => n);

/** A pool of one worker that runs one task at a time, and is busy. */
async function busyPool(t: Parameters<typeof makePool>[0], options: Parameters<typeof makePool>[1]): Promise<Pool> {
  const pool = makePool(t, { workers: 1, concurrency: 1, ...options });
  await pool.run(sleep, 1);
  pool.run(sleep, 150).catch(() => {});
  await until(() => pool.stats().inFlight === 1, 'it is busy');
  return pool;
}

for (const kind of kinds) {
  describe(`a priority, over ${kind}`, () => {
    it('says who is next of those that wait, first come, first served within it', async (t) => {
      const pool = await busyPool(t, { kind });
      const order: string[] = [];
      const run = async (name: string, priority: number): Promise<void> => {
        await pool.with({ priority }).run(echo, name);
        order.push(name);
      };
      const runs = [run('low 1', -1), run('none 1', 0), run('high 1', 5), run('none 2', 0), run('high 2', 5)];
      runs.push(run('top', 9), run('low 2', -1));
      await Promise.all(runs);
      assert.deepEqual(order, ['top', 'high 1', 'high 2', 'none 1', 'none 2', 'low 1', 'low 2']);
    });

    it('lets nothing wait for ever', async (t) => {
      const pool = await busyPool(t, { kind });
      const order: number[] = [];
      const low = pool.run(increment, -1).then(() => order.push(-1));
      await Promise.all(
        ids(60).map((n) =>
          pool
            .with({ priority: 1 })
            .run(increment, n)
            .then(() => order.push(n)),
        ),
      );
      await low;
      const at = order.indexOf(-1);
      assert.ok(at > 8 && at <= 17, `it was at ${at}`);
    });

    it('holds for maps as well', async (t) => {
      const pool = await busyPool(t, { kind });
      const order: string[] = [];
      const note = async (name: string, runner: Pick<Pool, 'map'>): Promise<void> => {
        for await (const _ of runner.map(increment, ids(12))) order.push(name);
      };
      await Promise.all([note('low', pool), note('high', pool.with({ priority: 1 }))]);
      assert.ok(order.lastIndexOf('high') < order.lastIndexOf('low'));
      assert.ok(order.slice(0, 12).filter((name) => name === 'high').length >= 10, order.join());
    });
  });

  describe(`room, over ${kind}`, () => {
    it('there is for so many tasks as `maxQueue` says; one more is refused, and says what to do', async (t) => {
      const pool = await busyPool(t, { kind, maxQueue: 3, name: 'narrow' });
      const waiting = ids(3).map((n) => pool.run(increment, n));
      const error = await rejectionOf(QueueFullError, pool.run(increment, 9));
      assert.equal(error.code, 'ERR_QUEUE_FULL');
      assert.equal(error.maxQueue, 3);
      assert.match(error.message, /pool 'narrow' is full: 3 tasks wait.*await pool\.room\(\)/);
      assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);
      assert.equal(await pool.run(increment, 9), 10);
      assert.equal(pool.stats().submitted, 6, 'what was refused was never accepted');
    });

    it('counts only what waits, not what workers take first', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1, maxQueue: 2 });
      const running = ids(4).map((n) => pool.run(increment, n));
      const refused = rejectionOf(QueueFullError, pool.run(increment, 4));
      assert.deepEqual(await Promise.all(running), [1, 2, 3, 4]);
      await refused;
    });

    it('can be none at all', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 2, maxQueue: 0 });
      const running = [pool.run(sleep, 20), pool.run(sleep, 20)];
      await rejectionOf(QueueFullError, pool.run(sleep, 20));
      await Promise.all(running);
      assert.equal(await pool.run(sleep, 1), 1);
    });

    it('that is none at all accepts what fits into the workers, however much of it comes at once', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 4, maxQueue: 0 });
      const burst = async (): Promise<void> => {
        const all = await Promise.allSettled(ids(11).map(() => pool.run(sleep, 30)));
        assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 8);
      };
      // New workers, workers that have nothing to do, and workers of which some places are taken.
      await burst();
      await burst();
      const taken = pool.run(sleep, 1_000);
      await until(() => pool.stats().inFlight === 1, 'one runs');
      let most = 0;
      // Its worker may be late to say that its loop goes on.
      for (let tries = 0; tries < 20 && most < 7; tries++) {
        const rest = await Promise.allSettled(ids(11).map(() => pool.run(sleep, 1)));
        most = Math.max(most, rest.filter(({ status }) => status === 'fulfilled').length);
      }
      assert.equal(most, 7);
      await taken;
    });

    it('that is none at all accepts as many tasks with one key as fit into the worker of the key', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 4, maxQueue: 0 });
      for (let round = 0; round < 2; round++) {
        const all = ids(11).map(() => pool.with({ key: 'one' }).run(sleep, 30));
        // They are not in the way of others.
        all.push(...ids(3).map(() => pool.with({ key: 'other' }).run(sleep, 30)));
        const ended = await Promise.allSettled(all);
        assert.deepEqual(
          [ended.slice(0, 11), ended.slice(11)].map(
            (group) => group.filter(({ status }) => status === 'fulfilled').length,
          ),
          [4, 3],
        );
      }
    });

    it('that is none at all accepts tasks with a key beside a rate', async (t) => {
      const rate = { limit: 100, intervalMs: 10 };
      const pool = makePool(t, { kind, workers: 1, maxQueue: 0, rate });
      for (let n = 0; n < 3; n++) {
        await pool.room();
        assert.equal(await pool.with({ key: 'one' }).run(increment, n), n + 1);
      }
    });

    it('that is none at all accepts no more than workers take in their lives', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 4, maxQueue: 0, recycle: { afterTasks: 1 } });
      const all = await Promise.allSettled(ids(8).map(() => pool.run(sleep, 30)));
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 2);
    });

    it('that is none at all accepts one task for each worker, of a function that holds the loop', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 8, maxQueue: 0 });
      // How long the first holds the loop is known when the second is given.
      for (let n = 0; n < 2; n++) {
        await pool.room();
        await pool.run(spin, 20);
      }
      const all = await Promise.allSettled(ids(5).map(() => pool.run(spin, 20)));
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    it('that is none at all is there when a worker is free, for who waits for it and for maps', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1, maxQueue: 0 });
      await pool.room();
      const busy = pool.run(sleep, 30);
      await until(() => pool.stats().inFlight === 1, 'it is busy');
      await rejectionOf(QueueFullError, pool.run(increment, 1));
      await pool.room();
      assert.equal(await busy, 30);
      assert.equal(await pool.run(increment, 1), 2);
      assert.deepEqual(await pool.map(increment, ids(20)).toArray(), ids(21).slice(1));
      const read: number[] = [];
      for await (const n of pool.map(increment, ids(5), { ordered: false })) read.push(n);
      assert.equal(read.length, 5);
    });

    it('is waited for by ten at a time, and never overrun', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 2, maxQueue: 4 });
      await pool.broadcast(sleep, 1);
      let ended = 0;
      let most = 0;
      await Promise.all(
        ids(10).map(async () => {
          for (let n = 0; n < 20; n++) {
            await pool.room();
            const run = pool.run(sleep, 1);
            most = Math.max(most, pool.stats().queued);
            void run.then(() => ended++);
          }
        }),
      );
      await until(() => ended === 200, 'all have run');
      assert.ok(most <= 4, `${most} waited`);
    });

    it('is given to the next who waits where it is not used', async (t) => {
      const pool = await busyPool(t, { kind, maxQueue: 1 });
      const waiting = pool.run(sleep, 5);
      const order: number[] = [];
      await Promise.all(ids(3).map((n) => pool.room().then(() => order.push(n))));
      assert.deepEqual(order, [0, 1, 2]);
      await waiting;
    });

    it('holds up the source of a map, and refuses none of its items', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 2, maxQueue: 3 });
      await pool.broadcast(pid);
      let most = 0;
      const watching = setInterval(() => (most = Math.max(most, pool.stats().queued)), 1);
      const results = await pool
        .map(
          sleep,
          ids(40).map(() => 1),
        )
        .toArray();
      clearInterval(watching);
      assert.equal(results.length, 40);
      // What a worker was given and gives back, for it can start no more, waits beside them for a moment.
      assert.ok(most <= 3 + 2, `${most} waited`);
    });

    it('is there at once without `maxQueue`, and never in a pool that is closed', async (t) => {
      const pool = makePool(t, { kind });
      await pool.room();
      await pool.close();
      await rejectionOf(PoolClosedError, pool.room());
      const narrow = await busyPool(t, { kind, maxQueue: 0 });
      const waiting = rejectionOf(PoolClosedError, narrow.room());
      await narrow.terminate();
      await waiting;
    });

    it('is there again when what waited is cancelled', async (t) => {
      const pool = await busyPool(t, { kind, maxQueue: 1 });
      const controller = new AbortController();
      const cancelled = rejection(pool.with({ signal: controller.signal }).run(sleep, 1));
      let isThere = false;
      const room = pool.room().then(() => (isThere = true));
      await nextTurn();
      assert.equal(isThere, false);
      controller.abort();
      await cancelled;
      await room;
    });
  });

  describe(`a rate, over ${kind}`, () => {
    /** The most starts within any interval. */
    const mostWithin = (starts: readonly number[], ms: number): number =>
      Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + ms).length));

    it('is never exceeded in any interval, and is kept', async (t) => {
      const pool = makePool(t, { kind, workers: 2, rate: { limit: 10, intervalMs: 200 } });
      await pool.broadcast(pid);
      const run = async (): Promise<number[]> => {
        await sleepFor(250);
        return (await Promise.all(ids(30).map(() => pool.run(startedAt)))).toSorted((one, other) => one - other);
      };
      // What is started late by a machine that is busy may be closer to the next.
      const starts = await onceOf(4, run, (all) => mostWithin(all, 195) <= 10);
      const tookMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
      assert.ok(tookMs >= 560, `30 took ${tookMs} ms`);
    });

    it('is spread evenly', async (t) => {
      const pool = makePool(t, { kind, workers: 1, rate: { limit: 10, intervalMs: 300 } });
      const run = async (): Promise<number[]> => {
        const starts = (await Promise.all(ids(10).map(() => pool.run(startedAt)))).toSorted(
          (one, other) => one - other,
        );
        return starts.slice(1).map((at, n) => at - (starts[n] ?? 0));
      };
      await onceOf(5, run, (gaps) => gaps.every((gap) => gap > 15));
    });

    it('of many a millisecond is kept as well', async (t) => {
      const pool = makePool(t, { kind, workers: 1, rate: { limit: 5_000, intervalMs: 1_000 } });
      await pool.broadcast(pid);
      const from = performance.now();
      const results = await pool.map(increment, ids(1_500)).toArray();
      const tookMs = performance.now() - from;
      assert.equal(results.length, 1_500);
      assert.ok(tookMs > 280 && tookMs < 3_000, `1500 took ${tookMs} ms`);
    });

    it('counts each attempt', async (t) => {
      const pool = makePool(t, { kind, workers: 1, rate: { limit: 2, intervalMs: 200 } });
      const file = freshFile();
      const retry = { attempts: 2, backoff: { initialMs: 1 } };
      await Promise.all(ids(2).map(() => pool.with({ retry }).run(startedAtTwice, file)));
      const starts = linesOf(file).map(Number);
      assert.equal(starts.length, 4);
      assert.ok((starts[3] ?? 0) - (starts[1] ?? 0) >= 180, 'two more starts take an interval');
    });

    it('goes with priorities, and ends nothing when its pool is closed', async (t) => {
      const pool = makePool(t, { kind, workers: 1, rate: { limit: 1, intervalMs: 20 } });
      const order: number[] = [];
      await pool.run(increment, 0);
      const runs = ids(5).map((n) =>
        pool
          .with({ priority: n })
          .run(increment, n)
          .then(() => order.push(n)),
      );
      const closing = pool.close();
      await Promise.all(runs);
      await closing;
      assert.deepEqual(order, [4, 3, 2, 1, 0]);
    });

    it('lets what waits be terminated', async (t) => {
      const pool = makePool(t, { kind, workers: 1, rate: { limit: 1, intervalMs: 60_000 } });
      await pool.run(increment, 0);
      const waiting = rejectionOf(PoolClosedError, pool.run(increment, 1));
      await pool.terminate();
      await waiting;
    });
  });
}

for (const kind of farKinds) {
  describe(`a key, over ${kind}`, () => {
    const workerOf = async (pool: Pool, key: string | number, ms = 0): Promise<number> =>
      (await pool.with({ key }).run(whoAmI, ms)).worker.id;

    it('stays with one worker', async (t) => {
      const pool = makePool(t, { kind, workers: 3 });
      const runs = await Promise.all(
        ids(120).map(async (n) => ({ key: n % 6, worker: await workerOf(pool, n % 6, n % 5) })),
      );
      for (const key of ids(6)) {
        const workers = new Set(runs.filter((run) => run.key === key).map(({ worker }) => worker));
        assert.equal(workers.size, 1, `key ${key} was in ${[...workers].join(' and ')}`);
      }
      assert.equal(new Set(runs.map(({ worker }) => worker)).size, 3, 'they are spread');
    });

    it('that is new goes to the worker with the least to do, and starts another where there may be', async (t) => {
      const pool = makePool(t, { kind, workers: { min: 1, max: 3 } });
      const workers = await Promise.all(['a', 'b', 'c'].map((key) => workerOf(pool, key, 20)));
      assert.equal(new Set(workers).size, 3);
      assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((key) => workerOf(pool, key))), workers);
    });

    it('moves when its worker is gone, with what had not started', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1, graceMs: 50 });
      const before = await workerOf(pool, 'a');
      const controller = new AbortController();
      const { never } = await import('../../tasks/basic.ts');
      const stuck = rejection(pool.with({ key: 'a', signal: controller.signal }).run(never));
      await until(
        () => pool.stats().functions.some(({ name, started }) => name === 'never' && started === 1),
        'it runs',
      );
      const behind = ids(10).map(() => workerOf(pool, 'a'));
      controller.abort();
      await stuck;
      const after = new Set(await Promise.all(behind));
      assert.equal(after.size, 1);
      assert.notEqual([...after][0], before);
      assert.equal(await workerOf(pool, 'a'), [...after][0]);
    });

    it('goes with priorities, and lets nobody else wait for ever', async (t) => {
      const pool = await busyPool(t, { kind });
      const order: string[] = [];
      const run = async (name: string, options: RunOptions): Promise<void> => {
        await pool.with(options).run(echo, name);
        order.push(name);
      };
      await Promise.all([run('keyed', { key: 1 }), run('plain', {}), run('urgent', { key: 1, priority: 1 })]);
      assert.deepEqual(order, ['urgent', 'keyed', 'plain']);
      let passed = 0;
      const keyed = pool.with({ key: 1 });
      // There is always one that waits.
      const steady = async (): Promise<void> => {
        while (order.length === 3) {
          assert.ok(passed++ < 100, `${passed} of a key passed one that has waited for longer`);
          await keyed.run(increment, 1);
        }
      };
      await Promise.all([steady(), steady(), run('last', {})]);
    });

    it('of which many tasks wait costs no more for each', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const keyed = pool.with({ key: 'one' });
      const perMs = async (count: number): Promise<number> => {
        const before = performance.now();
        await Promise.all(ids(count).map((n) => keyed.run(increment, n)));
        return count / (performance.now() - before);
      };
      await perMs(2_000);
      await onceOf(
        3,
        async () => [await perMs(2_000), await perMs(40_000)] as const,
        ([few, many]) => many > few / 4,
      );
    });

    it('goes with a map, with signals, and with times in the queue', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1 });
      const workers = (await pool.with({ key: 1 }).map(whoAmI, ids(20)).toArray()).map(({ worker }) => worker.id);
      assert.equal(new Set(workers).size, 1);
      const running = pool.with({ key: 1 }).run(sleep, 100);
      const late = pool.with({ key: 1, queueTimeoutMs: 20 }).run(sleep, 1);
      assert.equal(((await rejection(late)) as { phase?: string }).phase, 'queued');
      const controller = new AbortController();
      const cancelled = rejection(pool.with({ key: 1, signal: controller.signal }).run(sleep, 1));
      controller.abort('not needed');
      assert.equal(await cancelled, 'not needed');
      await running;
      const { queued, inFlight } = pool.stats();
      assert.deepEqual([queued, inFlight], [0, 0]);
    });

    it('is one of many thousands, and those that were used long ago are forgotten', async (t) => {
      const pool = makePool(t, { kind, workers: 2 });
      const ended = await Promise.all(ids(12_000).map((key) => pool.with({ key }).run(increment, key)));
      assert.equal(ended.length, 12_000);
      assert.equal(await workerOf(pool, 11_999), await workerOf(pool, 11_999));
    });

    it('is settled when the pool is terminated', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const running = ids(5).map((n) => rejectionOf(PoolClosedError, pool.with({ key: n }).run(countTasks, 10_000)));
      await until(() => pool.stats().inFlight > 0, 'one runs');
      await pool.terminate();
      await Promise.all(running);
    });
  });
}

for (const kind of farKinds) {
  describe(`tasks with a key, over ${kind}`, () => {
    it('settle once, each of a map, where the pool is terminated', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      await pool.run(sleep, 0);
      const mapped = rejectionOf(
        PoolClosedError,
        pool.with({ key: 'one' }).map(sleep, ids(20).fill(5_000), { window: 20 }).toArray(),
      );
      await until(() => pool.stats().queued === 19, 'they wait');
      await pool.terminate();
      await mapped;
      const { submitted, fulfilled, failed, queued } = pool.stats();
      assert.deepEqual([submitted, fulfilled, failed, queued], [21, 1, 20, 0]);
    });

    it('settle once where their module ends their worker, and others run and the pool closes', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      await pool.run(increment, 0);
      await rejectionOf(
        WorkerStartError,
        pool
          .with({ key: 'one' })
          .map(exitsAtLoad.any as never, ids(6), { window: 6 })
          .toArray(),
      );
      assert.equal(await pool.with({ key: 'other' }).run(increment, 1), 2);
      const { submitted, fulfilled, failed, queued } = pool.stats();
      assert.deepEqual([submitted, fulfilled, failed, queued], [8, 2, 6, 0]);
      await pool.close();
    });

    it('that are aborted before they could start harm nobody', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 50 });
      await pool.run(increment, 0);
      const busy = pool.run(spin, 800);
      await until(() => pool.stats().inFlight === 1, 'it holds its loop');
      const stop = new AbortController();
      const aborted = rejection(pool.with({ key: 'one', signal: stop.signal }).run(increment, 1));
      const other = pool.with({ key: 'one' }).run(increment, 2);
      await until(() => pool.stats().inFlight === 3, 'all are given');
      const reason = new Error('not wanted');
      stop.abort(reason);
      assert.equal(await aborted, reason);
      await busy;
      assert.equal(await other, 3);
    });

    it('that are aborted as soon as their worker is up harm nobody either', async (t) => {
      for (let left = 3; left > 0; left--) {
        const pool = makePool(t, { kind, workers: 1, graceMs: 50 });
        await pool.run(increment, 0);
        // What could give back a task while the loop is held is still coming up.
        const busy = pool.run(spin, 200);
        await sleepFor(2);
        const stop = new AbortController();
        const aborted = rejection(pool.with({ key: 'one', signal: stop.signal }).run(increment, 1));
        const other = pool.with({ key: 'one' }).run(increment, 2);
        await sleepFor(2);
        stop.abort(new Error('not wanted'));
        assert.equal(await aborted, stop.signal.reason);
        await busy;
        assert.equal(await other, 3);
      }
    });

    it('do not keep those without one from their turn for ever', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.run(increment, 0);
      const keyed = pool.with({ key: 'one', priority: -5 });
      const life = { isOver: false };
      const loops = ids(4).map(async () => {
        while (!life.isOver) await keyed.run(spin, 1);
      });
      await until(() => pool.stats().fulfilled > 20, 'they are at it');
      const before = pool.stats().fulfilled;
      assert.equal(await pool.run(increment, 1), 2);
      const passed = pool.stats().fulfilled - before;
      life.isOver = true;
      await Promise.all(loops);
      assert.ok(passed < 100, `${passed} passed`);
    });

    it('spread over all workers, one key after the other', async (t) => {
      const pool = makePool(t, { kind, workers: 3 });
      await pool.broadcast(pid);
      const workers: number[] = [];
      for (const key of ids(6)) workers.push((await pool.with({ key }).run(whoAmI, 0)).worker.id);
      assert.deepEqual(workers.toSorted(), [1, 1, 2, 2, 3, 3]);
    });
  });

  describe(`a rate, over ${kind}, is kept`, () => {
    const starts = (all: readonly number[]): number[] => {
      const sorted = all.toSorted((one, other) => one - other);
      return sorted.map((at) => at - (sorted[0] ?? 0));
    };
    const rate = { limit: 1, intervalMs: 150 };
    const isKept = (all: readonly number[]): boolean => all.slice(1).every((at, n) => at - (all[n] ?? 0) > 120);

    it('where the module takes its time to load', async (t) => {
      const run = async (): Promise<number[]> => {
        const pool = makePool(t, { kind, workers: 3, rate });
        return starts(await Promise.all(ids(4).map(() => pool.run(slow.startedAfterLoad))));
      };
      await onceOf(3, run, isKept);
    });

    it('for tasks with a key, behind a loop that is held', async (t) => {
      const run = async (): Promise<number[]> => {
        const pool = makePool(t, { kind, workers: 1, rate });
        const busy = pool.run(spin, 400);
        await until(() => pool.stats().inFlight === 1, 'it holds its loop');
        const all = await Promise.all(ids(3).map(() => pool.with({ key: 'one' }).run(startedAt)));
        await busy;
        return starts(all);
      };
      await onceOf(3, run, isKept);
    });

    it('in quarantine', async (t) => {
      const run = async (): Promise<number[]> => {
        const pool = makePool(t, { kind, workers: 1, rate });
        const file = freshFile();
        const retry = { on: ['crash' as const], attempts: 3, backoff: { initialMs: 1 } };
        await Promise.allSettled(ids(3).map(() => pool.with({ retry }).run(noteAndExitOnce, file)));
        return starts(linesOf(file).map(Number));
      };
      await onceOf(3, run, isKept);
    });
  });
}

it('who asks for room is never refused because others do not', async (t) => {
  const pool = makePool(t, { kind: 'thread', workers: 1, concurrency: 1, maxQueue: 1 });
  const life = { isOver: false };
  const rude = (async () => {
    while (!life.isOver) await pool.run(sleep, 2).catch(() => sleepFor(1));
  })();
  let refused = 0;
  await Promise.all(
    ids(5).map(async () => {
      for (let n = 0; n < 8; n++) {
        await pool.room();
        await pool.run(sleep, 2).catch(() => refused++);
      }
    }),
  );
  life.isOver = true;
  await rude;
  assert.equal(refused, 0);
});

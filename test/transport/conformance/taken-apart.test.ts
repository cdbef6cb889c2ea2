// Methods work when they are taken apart from their object.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ParallelAsyncTaskExecutor, ParallelTaskExecutor, Pool, type TaskReference } from '../../../src/index.ts';
import { kinds, makePool, watch } from '../../support/pools.ts';
import { Sleep } from '../../tasks/article.ts';
import { increment } from '../../tasks/basic.ts';
import { countTo, direct, reportsApart } from '../../tasks/apart.ts';

watch();

for (const kind of kinds) {
  describe(`taken apart, over ${kind}`, () => {
    it('what a context has works', async (t) => {
      const { with: bound } = makePool(t, { kind, workers: 1 });
      const reports: unknown[] = [];
      const { run } = bound({ onReport: (value) => reports.push(value) });
      assert.deepEqual(await run(reportsApart), {
        isTrue: true,
        isAborted: false,
        bytes: 8,
        taskId: 1,
        attempt: 1,
        kind,
      });
      assert.deepEqual(reports, ['apart']);
    });

    it('what a pool has works, and what comes of it', async () => {
      const pool = new Pool({ kind, workers: 1 });
      const { run, map, stream, with: bound, broadcast, room, resize, stats, inspect, close, terminate } = pool;
      const { [Symbol.asyncDispose]: dispose } = pool;
      assert.equal(await run(increment, 1), 2);
      const { toArray } = map(increment, [1, 2]);
      assert.deepEqual(await toArray(), [2, 3]);
      assert.deepEqual(await Array.fromAsync(stream(countTo, 2)), [1, 2]);
      const { map: boundMap, stream: boundStream, with: boundAgain } = bound({ priority: 1 });
      assert.deepEqual(await boundMap(increment, [3]).toArray(), [4]);
      assert.deepEqual(await Array.fromAsync(boundStream(countTo, 1)), [1]);
      const { run: runAgain } = boundAgain({ timeoutMs: 10_000 });
      assert.equal(await runAgain(increment, 4), 5);
      assert.deepEqual(await broadcast(increment, 5), [6]);
      await room();
      await resize(1);
      assert.equal(stats().workers.length, 1);
      assert.match(inspect(), /worker/);
      assert.deepEqual(Object.keys(pool), []);
      await close();
      await dispose();
      await terminate();
    });
  });
}

it('the methods of executors work', async () => {
  const { executeTasks } = new ParallelAsyncTaskExecutor(1);
  const [slept] = await executeTasks([new Sleep(1, 1)]);
  assert.ok(slept !== undefined);
  assert.deepEqual(await new ParallelTaskExecutor(1).executeTasks.call(undefined, []), []);
});

it('a context without a pool works', () => {
  assert.deepEqual(direct(), { isTrue: true, taskId: 0 });
});

it('a method that a subclass overrides is its own, and reaches that of the pool', async (t) => {
  class Counting extends Pool {
    runs = 0;
    override stats(): ReturnType<Pool['stats']> {
      this.runs++;
      return super.stats();
    }
  }
  const pool = new Counting({ kind: 'inline' });
  t.after(() => pool.close());
  const { stats } = pool;
  stats();
  pool.stats();
  assert.equal(pool.runs, 2);
});

it('a pool can be left by `await using`, for which Node 24 calls no bound function', async () => {
  const pool = new Pool({ kind: 'inline' });
  const dispose = pool[Symbol.asyncDispose];
  assert.doesNotMatch(dispose.name, /^bound/);
  await dispose();
});

it('a method of a pool that a subclass overrides is that of its pools, also taken apart', async () => {
  const seen: unknown[] = [];
  class Watched extends Pool {
    override run<Args extends unknown[], R>(
      fn: ((...args: Args) => R) & TaskReference,
      ...args: NoInfer<Args>
    ): Promise<Awaited<R>> {
      seen.push(args);
      return super.run(fn, ...args);
    }
  }
  const pool = new Watched({ kind: 'inline' });
  const { run } = pool;
  assert.equal(await run(increment, 1), 2);
  assert.deepEqual(seen, [[1]]);
  await pool.close();
});

it('a method of all pools that somebody wraps, to watch calls, is called', async (t) => {
  const wrapped = t.mock.method(Pool.prototype, 'run');
  const pool = new Pool({ kind: 'inline' });
  assert.equal(await pool.run(increment, 1), 2);
  assert.equal(wrapped.mock.callCount(), 1);
  await pool.close();
});

// Worker processes that are stopped as a whole, by SIGSTOP: no task that has not begun waits for them.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import { TaskTimeoutError, type Pool, type RunOptions } from '../../src/index.ts';
import { freshFile, linesOf } from '../support/files.ts';
import { makePool, rejection, until, watch } from '../support/pools.ts';
import { never, sleep } from '../tasks/basic.ts';
import { notes } from '../tasks/noting.ts';

watch();

/** A pool whose workers have run the functions, and are stopped. */
async function stoppedPool(t: TestContext, workers: number): Promise<Pool> {
  const pool = makePool(t, { workers, concurrency: 4, graceMs: 200 });
  await pool.broadcast(notes, freshFile(), 0);
  await pool.broadcast(sleep, 1);
  await until(() => !pool.inspect().includes('has not come back'), 'they have said how their loops do');
  for (const { pid } of pool.stats().workers) process.kill(pid!, 'SIGSTOP');
  return pool;
}

function goOn(pool: Pool): void {
  for (const { pid } of pool.stats().workers) process.kill(pid!, 'SIGCONT');
}

describe('a task that was given to a stopped process and has not begun', () => {
  for (const options of [{ queueTimeoutMs: 150 }, { queueTimeoutMs: 150, timeoutMs: 400 }] satisfies RunOptions[]) {
    it(`rejects when it has waited for too long, and is never started, with ${Object.keys(options).join(' and ')}`, async (t) => {
      const pool = await stoppedPool(t, 1);
      const file = freshFile();
      const error = await rejection(pool.with(options).run(notes, file, 1));
      assert.ok(error instanceof TaskTimeoutError);
      assert.equal(error.phase, 'queued');
      goOn(pool);
      // The worker reads what it was sent in order.
      await pool.run(notes, file, 2);
      assert.deepEqual(linesOf(file), ['2']);
      await pool.close();
    });
  }

  for (const options of [{}, { timeoutMs: 5_000 }, { queueTimeoutMs: 20_000 }] satisfies RunOptions[]) {
    for (const workers of [1, 2]) {
      it(`runs elsewhere, once, with ${Object.keys(options).join() || 'no time'} and ${workers} such`, async (t) => {
        const pool = await stoppedPool(t, workers);
        const file = freshFile();
        const all = Promise.all([1, 2, 3].map((n) => pool.with(options).run(notes, file, n)));
        // Whoever closes the pool meanwhile waits no longer.
        await Promise.all([all, pool.close()]);
        assert.deepEqual(linesOf(file).toSorted(), ['1', '2', '3']);
        assert.equal(pool.stats().retried, 0, 'no attempt is counted');
      });
    }
  }

  it('rejects when its signal is aborted, or the pool is terminated', async (t) => {
    const pool = await stoppedPool(t, 1);
    const controller = new AbortController();
    const aborted = rejection(pool.with({ signal: controller.signal }).run(notes, freshFile(), 1));
    const other = rejection(pool.run(notes, freshFile(), 2));
    await until(() => pool.stats().inFlight > 0, 'one was given');
    controller.abort('enough');
    assert.equal(await aborted, 'enough');
    const ended = new Error('ended');
    await pool.terminate(ended);
    assert.ok([ended, undefined].includes((await Promise.race([other, Promise.resolve()])) as Error | undefined));
  });

  it('waits with those that have begun there, but no longer than it may', async (t) => {
    const pool = makePool(t, { workers: 1, concurrency: 4 });
    const file = freshFile();
    await pool.run(notes, file, 0);
    const controller = new AbortController();
    const begun = rejection(pool.with({ signal: controller.signal }).run(never));
    await until(() => pool.inspect().includes('running never'), 'it has begun');
    const [{ pid } = { pid: 0 }] = pool.stats().workers;
    process.kill(pid!, 'SIGSTOP');
    const waiting = pool.run(notes, file, 1);
    const error = await rejection(pool.with({ queueTimeoutMs: 1_700 }).run(notes, file, 2));
    assert.ok(error instanceof TaskTimeoutError && error.phase === 'queued');
    assert.equal(pool.stats().workers[0]?.pid, pid, 'it was not ended');
    process.kill(pid!, 'SIGCONT');
    await waiting;
    assert.deepEqual(linesOf(file), ['0', '1']);
    controller.abort();
    void begun;
    await pool.terminate();
  });
});

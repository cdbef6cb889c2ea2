// Workers that die, and what becomes of their tasks.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NestedPoolError, WorkerCrashedError, WorkerStartError } from '../../src/index.ts';
import { farKinds, isAlive, makePool, rejectionOf, until, watch } from '../support/pools.ts';
import { increment, never, pid, sleep, spin } from '../tasks/basic.ts';
import { exit, killSelf, rejectUnhandled, throwInTimer } from '../tasks/deadly.ts';
import { nested } from '../tasks/nested.ts';

watch();

describe('a worker that dies', () => {
  for (const kind of farKinds) {
    it(`fails the tasks that it had started and is replaced, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const [id] = [await pool.run(pid)];
      const victims = [pool.run(never), pool.run(exit, 3)];
      const [first, second] = await Promise.all(victims.map((victim) => rejectionOf(WorkerCrashedError, victim)));
      assert.ok(first && second);
      assert.deepEqual(
        [first.code, first.workerId, first.pid, first.exitCode, first.signal],
        ['ERR_WORKER_CRASHED', 1, id, 3, null],
      );
      assert.deepEqual(first.taskIds, [2, 3]);
      assert.match(first.stderr, kind === 'process' ? /last words before exit/ : /|last words/);
      assert.match(first.message, /^Worker 1 \(.*process \d+\) exited with code 3 while running 2 tasks\./);
      assert.match(second.stack ?? '', /\(submitted from\)/);
      assert.equal(await pool.run(increment, 1), 2);
      assert.deepEqual(
        pool.stats().workers.map((worker) => worker.id),
        [2],
      );
    });

    it(`tells what nobody caught, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const thrown = await rejectionOf(WorkerCrashedError, pool.run(throwInTimer));
      assert.ok(thrown.cause instanceof RangeError);
      assert.match(thrown.message, /Nobody caught: thrown in a timer/);
      const rejected = await rejectionOf(WorkerCrashedError, pool.run(rejectUnhandled));
      assert.ok(rejected.cause instanceof RangeError);
      assert.equal(await pool.run(increment, 1), 2);
    });

    it(`hands what it had not started to another, unnoticed, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 2 });
      await pool.run(increment, 0);
      const dying = rejectionOf(WorkerCrashedError, pool.run(exit, 1));
      const others = Array.from({ length: 20 }, (_, n) => pool.run(increment, n));
      await dying;
      const ended = await Promise.allSettled(others);
      // The one that travelled with the killer may have started, and then may not run twice.
      const failed = ended.filter((end) => end.status === 'rejected');
      assert.ok(failed.length <= 1, `${failed.length} failed`);
      for (const [n, end] of ended.entries()) if (end.status === 'fulfilled') assert.equal(end.value, n + 1);
    });

    it(`leaves the other workers and their tasks alone, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 1 });
      await pool.broadcast(pid);
      const [crash, slept] = await Promise.allSettled([pool.run(exit, 1), pool.run(sleep, 100)]);
      assert.equal(crash.status, 'rejected');
      assert.deepEqual(slept, { status: 'fulfilled', value: 100 });
    });
  }

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGABRT'] as const) {
    it(`by ${signal} is told with its signal`, async (t) => {
      const pool = makePool(t, { workers: 1 });
      const error = await rejectionOf(WorkerCrashedError, pool.run(killSelf, signal));
      assert.deepEqual([error.exitCode, error.signal], [null, signal]);
      assert.match(error.message, new RegExp(`exited with ${signal} while running a task`));
      assert.equal(await pool.run(increment, 1), 2);
    });
  }

  it('before it started what it was given costs no task anything', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const worker = await pool.run(pid);
    process.kill(worker, 'SIGSTOP');
    const running = Array.from({ length: 10 }, () => pool.run(pid));
    await until(() => pool.stats().inFlight === 10, 'all were given');
    process.kill(worker, 'SIGKILL');
    for (const other of await Promise.all(running)) assert.notEqual(other, worker);
  });

  it('while it is idle costs no task anything', async (t) => {
    const pool = makePool(t, { workers: 2 });
    const pids = await pool.broadcast(pid);
    for (const worker of pids) process.kill(worker, 'SIGKILL');
    assert.equal(await pool.run(increment, 1), 2);
    await until(() => pids.every((worker) => !isAlive(worker)), 'they are gone');
  });

  it('while it starts is replaced', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const running = pool.run(increment, 1);
    await until(() => pool.stats().workers.length === 1, 'a worker starts');
    process.kill(pool.stats().workers[0]?.pid as number, 'SIGKILL');
    assert.equal(await running, 2);
  });

  it('in the middle of close lets close end', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const dying = rejectionOf(WorkerCrashedError, pool.run(exit, 1));
    await pool.close();
    await dying;
  });

  it('from running out of memory is told with the last lines of its stderr', async (t) => {
    const pool = makePool(t, { workers: 1, execArgv: ['--max-old-space-size=32'] });
    const { hoard } = await import('../tasks/hoard.ts');
    const error = await rejectionOf(WorkerCrashedError, pool.run(hoard));
    assert.match(error.stderr, /heap out of memory/);
    assert.match(error.message, /If memory ran out, lower `concurrency`/);
  });
});

describe('a worker that cannot start', () => {
  it('for a flag that node does not know fails what waits, in time, and starts no storm', async (t) => {
    const pool = makePool(t, { workers: 2, execArgv: ['--no-such-flag'] });
    const error = await rejectionOf(WorkerStartError, pool.run(increment, 1));
    assert.match(error.message, /bad option: --no-such-flag/);
    await rejectionOf(WorkerStartError, pool.run(increment, 1));
    await until(() => pool.stats().workers.length === 0, 'none is left');
  });

  it('for a flag that threads do not take fails what waits', async (t) => {
    const pool = makePool(t, { kind: 'thread', workers: 1, execArgv: ['--max-old-space-size=32'] });
    const error = await rejectionOf(WorkerStartError, pool.run(increment, 1));
    assert.match(error.message, /could not start/);
  });
});

describe('a pool inside of a task', () => {
  for (const kind of farKinds) {
    it(`runs, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      assert.equal(await pool.run(nested, 20), 42);
    });
  }

  it('is refused where no task asks for it', () => {
    assert.ok(new NestedPoolError('x').code);
  });
});

describe('work that spins', () => {
  it('is spread evenly over a fresh pool', async (t) => {
    const pool = makePool(t, { workers: 2 });
    const pids = await Promise.all(Array.from({ length: 8 }, () => pool.run(spin, 20)));
    const counts = [...new Set(pids)].map((id) => pids.filter((other) => other === id).length);
    assert.deepEqual(counts.length, 2);
  });
});

// Ends of pools and of programs: everything that was accepted is settled, and nothing is left running.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { PoolClosedError, WorkerCrashedError, type Pool } from '../../src/index.ts';
import { freshFile, linesOf } from '../support/files.ts';
import { children, farKinds, isAlive, kinds, makePool, rejection, until, watch } from '../support/pools.ts';
import { start } from '../support/programs.ts';
import { shareOf } from '../support/shares.ts';
import { increment, never, pid, sleep } from '../tasks/basic.ts';
import { noted } from '../tasks/cancellable.ts';
import { exit } from '../tasks/deadly.ts';
import { tearDown } from '../tasks/setup.ts';

watch();

const program = fileURLToPath(new URL('./programs/family.ts', import.meta.url));

/** How many have settled, and how. */
async function countEnds(tasks: readonly Promise<unknown>[]): Promise<{ fulfilled: number; rejected: number }> {
  const ends = await Promise.allSettled(tasks);
  const fulfilled = ends.filter(({ status }) => status === 'fulfilled').length;
  return { fulfilled, rejected: ends.length - fulfilled };
}

for (const kind of kinds) {
  describe(`close, over ${kind}`, () => {
    it('drains: all that was accepted ends, queued or running, and then the teardown runs', async (t) => {
      const file = freshFile();
      const pool = makePool(t, { kind, workers: 1, concurrency: 2, teardown: { task: tearDown, args: [file] } });
      const tasks = [...Array.from({ length: 10 }, () => pool.run(sleep, 20)), pool.run(noted, file)];
      await pool.close();
      assert.deepEqual(await countEnds(tasks), { fulfilled: 11, rejected: 0 });
      assert.deepEqual(linesOf(file), ['ran', 'down']);
    });

    it('may be called any number of times, also at once, and ends each time', async (t) => {
      const pool = makePool(t, { kind });
      const task = pool.run(sleep, 20);
      await Promise.all([pool.close(), pool.close(), pool[Symbol.asyncDispose]()]);
      await pool.close();
      assert.equal(await task, 20);
      assert.equal(pool.stats().state, 'closed');
    });

    it('runs or refuses what is submitted meanwhile, and leaves nothing unsettled', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const tasks: Promise<unknown>[] = [];
      const submit = (): void => {
        const task = pool.run(increment, 1);
        tasks.push(task);
        // From within another outcome too.
        task.then(() => tasks.length < 50 && submit()).catch(() => {});
      };
      for (let n = 0; n < 10; n++) submit();
      const closing = pool.close();
      for (let n = 0; n < 10; n++) submit();
      await closing;
      submit();
      const ends = await Promise.allSettled(tasks);
      for (const end of ends) assert.ok(end.status === 'fulfilled' || end.reason instanceof PoolClosedError);
      assert.ok(ends.filter(({ status }) => status === 'fulfilled').length >= 10);
    });
  });

  describe(`terminate, over ${kind}`, () => {
    it('settles everything, wherever it is, and may be called any number of times', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 4 });
      const retry = { backoff: { initialMs: 1e6 } };
      const { fail } = await import('../tasks/failing.ts');
      const tasks = [
        ...Array.from({ length: 40 }, () => pool.run(never)),
        pool.with({ retry }).run(fail, 'Error'),
        pool.broadcast(never),
        pool.map(never as never, [1, 2, 3]).toArray(),
      ];
      const ends = tasks.map(rejection);
      await until(() => pool.stats().inFlight === 8, 'they run');
      const reason = new Error('enough');
      await Promise.all([pool.terminate(reason), pool.terminate(new Error('another')), pool.close()]);
      for (const end of await Promise.all(ends)) assert.equal(end, reason);
      const { state, queued, inFlight, backingOff, workers } = pool.stats();
      assert.deepEqual(
        { state, queued, inFlight, backingOff, workers },
        { state: 'closed', queued: 0, inFlight: 0, backingOff: 0, workers: [] },
      );
    });

    it('of a pool that starts settles what waits', async (t) => {
      const pool = makePool(t, { kind });
      const task = rejection(pool.run(increment, 1));
      await pool.terminate();
      assert.ok((await task) instanceof PoolClosedError);
    });

    it('of a pool that was never used, or is closed, ends', async (t) => {
      const pool = makePool(t, { kind });
      await pool.terminate();
      await pool.terminate();
      const other = makePool(t, { kind });
      await other.close();
      await other.terminate();
    });
  });
}

for (const kind of farKinds) {
  describe(`an end in the middle of a crash, over ${kind}`, () => {
    const ends: [string, (pool: Pool) => Promise<void>][] = [
      ['close', (pool) => pool.close()],
      ['terminate', (pool) => pool.terminate()],
    ];
    for (const [name, end] of ends) {
      it(`${name} ends, and each task is settled once`, async (t) => {
        for (let round = 0; round < 5; round++) {
          const pool = makePool(t, { kind, workers: 2, concurrency: 4 });
          await pool.run(pid);
          const tasks = Array.from({ length: 30 }, (_, n) => (n % 10 === 3 ? pool.run(exit, 1) : pool.run(sleep, 5)));
          const settled = Promise.allSettled(tasks);
          if (round > 0) await sleepHere(5 * round);
          await end(pool);
          for (const task of await settled) {
            const isAllowed =
              task.status === 'fulfilled' ||
              task.reason instanceof WorkerCrashedError ||
              (name === 'terminate' && task.reason instanceof PoolClosedError);
            assert.ok(isAllowed, task.status === 'rejected' ? String(task.reason) : '');
          }
          const { submitted, fulfilled, failed } = pool.stats();
          assert.equal(submitted, fulfilled + failed);
        }
      });
    }
  });

  it(`the library leaves the signals of the caller's process alone, over ${kind}`, async (t) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCHLD', 'SIGPIPE'];
    const others = ['exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'uncaughtExceptionMonitor'];
    const listeners = (): number[] => [...signals, ...others].map((name) => process.listenerCount(name));
    const before = listeners();
    const pool = makePool(t, { kind });
    await pool.broadcast(pid);
    assert.deepEqual(listeners(), before);
    await pool.close();
    assert.deepEqual(listeners(), before);
  });
}

function sleepHere(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a worker that is stopped (SIGSTOP)', () => {
  it('is ended by terminate', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const worker = await pool.run(pid);
    const stuck = rejection(pool.run(never));
    process.kill(worker, 'SIGSTOP');
    await pool.terminate();
    assert.ok((await stuck) instanceof PoolClosedError);
    assert.equal(isAlive(worker), false);
  });

  it('is ended by close after the grace, where it has nothing to do', async (t) => {
    const pool = makePool(t, { workers: 1, graceMs: 100 });
    const worker = await pool.run(pid);
    process.kill(worker, 'SIGSTOP');
    await pool.close();
    assert.equal(isAlive(worker), false);
  });

  it('is ended for a task whose time is up', async (t) => {
    const pool = makePool(t, { workers: 1, graceMs: 100 });
    const worker = await pool.run(pid);
    const stuck = rejection(pool.with({ timeoutMs: 100 }).run(sleep, 1e6));
    await pool.run(increment, 1);
    process.kill(worker, 'SIGSTOP');
    assert.equal(((await stuck) as Error).name, 'TaskTimeoutError');
    assert.equal(isAlive(worker), false);
    assert.equal(await pool.run(increment, 1), 2);
  });
});

/** All the processes below one. */
function descendants(of: number): number[] {
  const direct = children(of);
  return direct.concat(direct.flatMap(descendants));
}

describe('a program whose tasks have pools of their own', () => {
  const ways = ['return', 'exit', 'throw', 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGINT to all'] as const;
  for (const [at, [outer, inner]] of (
    [
      ['process', 'process'],
      ['thread', 'process'],
      ['process', 'thread'],
    ] as const
  ).entries()) {
    for (const how of shareOf(ways, 3, at)) {
      it(`leaves no process behind when it ends by ${how}, ${inner} in ${outer}, all of them spinning`, async () => {
        const running = start([program, outer, inner, how], { isGroup: true });
        await until(() => running.stdout().includes('spinning'), 'all spin');
        const pids = descendants(running.child.pid as number);
        assert.ok(pids.length >= (outer === inner ? 2 : 1), `${pids.length} processes`);
        if (how === 'SIGINT to all') process.kill(-(running.child.pid as number), 'SIGINT');
        else if (how.startsWith('SIG')) running.child.kill(how as NodeJS.Signals);
        else running.child.stdin?.end('go\n');
        await until(() => running.child.exitCode !== null || running.child.signalCode !== null, 'the parent is gone');
        await until(
          () => pids.every((one) => !isAlive(one)),
          () => `the others are gone too, but ${pids.filter(isAlive).join()} of ${pids.join()} are there`,
          1_000,
        );
        await running.ended;
      });
    }
  }

  it('may terminate a pool whose worker has a pool that spins, and nothing of it is left', async (t) => {
    const { nestAndSpin } = await import('../tasks/nested.ts');
    const pool = makePool(t, { workers: 1 });
    const running = rejection(pool.run(nestAndSpin, 'process', freshFile()));
    await until(() => descendants(process.pid).length >= 2, 'it has one of its own');
    const pids = descendants(process.pid);
    await pool.terminate();
    await running;
    await until(() => pids.every((one) => !isAlive(one)), 'all are gone', 1_000);
  });
});

it('a spinning worker of a program that returns while its pool is open is not in the way of its end', async () => {
  const running = start([program, 'process', 'none', 'return']);
  const { code } = await running.ended;
  assert.equal(code, 0);
});

// Workers that die, and what becomes of their tasks.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { NestedPoolError, tasksFrom, WorkerCrashedError, WorkerStartError } from '../../src/index.ts';
import { newFolder } from '../support/files.ts';
import { farKinds, isAlive, makePool, onceOf, rejectionOf, until, watch } from '../support/pools.ts';
import { increment, never, pid, sleep, spin } from '../tasks/basic.ts';
import {
  catchInTimer,
  dieInTeardown,
  disconnect,
  exit,
  hoardMore,
  killSelf,
  rejectUnhandled,
  returnAndDie,
  returnAndExit,
  throwInTimer,
  writeNonsense,
} from '../tasks/deadly.ts';
import { bigResult, dieOrMark, markAndDie } from '../tasks/odd.ts';
import { defaultWorkers, nested, nestForEver } from '../tasks/nested.ts';

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

  for (const kind of farKinds) {
    for (const code of [0, 1, 255]) {
      it(`by \`process.exit(${code})\` is a crash, over ${kind}`, async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const error = await rejectionOf(WorkerCrashedError, pool.run(exit, code));
        assert.deepEqual([error.exitCode, error.signal, error.causedBy], [code, null, undefined]);
        assert.match(error.message, new RegExp(`exited with code ${code} while running a task\\.$`));
        assert.equal(await pool.run(increment, 1), 2);
      });
    }

    it(`right after its result was sent loses nothing: the result counts, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const dies = kind === 'process' ? returnAndDie : returnAndExit;
      for (let n = 0; n < 5; n++) {
        const worker = (await pool.broadcast(pid))[0];
        const before = pool.stats().workers[0]?.id;
        assert.equal(await pool.run(dies, n), n);
        await until(() => pool.stats().workers[0]?.id !== before, 'another worker is there');
        assert.ok(worker !== undefined);
      }
    });

    it(`while it drains lets close end, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 2, teardown: { task: dieInTeardown } });
      await pool.run(increment, 1);
      await pool.close();
      assert.deepEqual(pool.stats().workers, []);
    });

    it(`for want of memory within its limits is told so, and the program lives, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1, resourceLimits: { maxOldGenerationSizeMb: 24 } });
      const error = await rejectionOf(WorkerCrashedError, pool.run(hoardMore));
      assert.match(error.message, /If memory ran out, lower `concurrency`/);
      assert.equal(await pool.run(increment, 1), 2);
    });

    it(`is not what \`process.disconnect\` is, for nothing of ours hangs on it, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const error = (await rejectionOf(Error, pool.run(disconnect))) as { code?: string };
      assert.ok(!(error instanceof WorkerCrashedError), String(error));
      assert.equal(await pool.run(increment, 1), 2);
      assert.equal(pool.stats().workers[0]?.id, 1);
    });
  }

  it('while it drains, by a signal, lets close end', async (t) => {
    const pool = makePool(t, { workers: 1, teardown: { task: never } });
    const worker = await pool.run(pid);
    const closing = pool.close();
    await until(() => pool.stats().workers[0]?.state === 'draining', 'it drains');
    process.kill(worker, 'SIGKILL');
    await closing;
  });

  for (const signal of ['SIGKILL', 'SIGALRM', 'SIGSEGV', 'SIGABRT'] as const) {
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
    const running: Promise<number>[] = [];
    await until(async () => {
      process.kill(worker, 'SIGSTOP');
      for (let n = 0; n < 10; n++) running.push(pool.run(pid));
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (pool.stats().inFlight > 0) return true;
      // It was stopped before it could say that its loop had come back, so it was given nothing.
      process.kill(worker, 'SIGCONT');
      await Promise.all(running.splice(0));
      return false;
    }, 'it was given some');
    process.kill(worker, 'SIGKILL');
    for (const other of await Promise.all(running)) assert.notEqual(other, worker);
  });

  it('while it is idle costs no task anything', async (t) => {
    const pool = makePool(t, { workers: 2 });
    const pids = await pool.broadcast(pid);
    for (const worker of pids) process.kill(worker, 'SIGKILL');
    assert.equal(await pool.run(increment, 1), 2);
    await until(() => pids.every((worker) => !isAlive(worker)), 'they are gone');
    await until(() => pool.stats().workers.every(({ state }) => state === 'ready'), 'others are there');
    assert.equal(pool.stats().workers.length, 2);
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

  it('for a module that Node is to load before it fails what waits', async (t) => {
    const pool = makePool(t, { kind: 'thread', workers: 1, execArgv: ['--import', './no-such-module.mjs'] });
    const error = await rejectionOf(WorkerStartError, pool.run(increment, 1));
    assert.match(error.message, /could not start: .*no-such-module/);
  });
});

describe('a module that ends its worker while it is loaded', () => {
  for (const kind of farKinds) {
    it(`fails its tasks after a few workers, and those of other modules run, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const tasks = tasksFrom<typeof import('../tasks/exits-at-load.ts')>(
        new URL('../tasks/exits-at-load.ts', import.meta.url),
      );
      const error = await rejectionOf(WorkerStartError, pool.run(tasks.any));
      assert.match(
        error.message,
        /could not load file:.*exits-at-load\.ts: it exited with code 3, as did others before it/,
      );
      assert.equal(await pool.run(increment, 1), 2);
      await rejectionOf(WorkerStartError, pool.run(tasks.any as never, new Proxy({}, {}) as never));
      await rejectionOf(WorkerStartError, pool.broadcast(tasks.any));
      assert.ok((pool.stats().workers[0]?.id ?? 0) < 15);
    });
  }
});

describe('a module that is slow to load', () => {
  for (const kind of farKinds) {
    it(`is not blamed for workers that others kill as it loads, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const { slow } = await import('../tasks/slow-to-load.ts');
      const waiting = pool.run(slow);
      for (let n = 0; n < 5; n++) {
        await until(() => pool.stats().inFlight === 1, 'its worker loads it');
        await rejectionOf(WorkerCrashedError, pool.run(exit, n));
      }
      assert.equal(await waiting, 'loaded');
    });

    it(`and deadly fails all that wait for it at once, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 2 });
      const tasks = tasksFrom<typeof import('../tasks/exits-at-load.ts')>(
        new URL('../tasks/exits-at-load.ts', import.meta.url),
      );
      const waiting = Array.from({ length: 200 }, () => pool.run(tasks.any));
      for (const end of await Promise.allSettled(waiting))
        assert.ok(end.status === 'rejected' && end.reason instanceof WorkerStartError);
      assert.equal(await pool.run(increment, 1), 2);
      assert.ok((pool.stats().workers[0]?.id ?? 0) < 20);
    });
  }
});

describe('a worker that is beyond trust', () => {
  it('fails for nonsense on its channel, and neither the program nor another task suffers', async (t) => {
    const pool = makePool(t, { workers: 2, concurrency: 1 });
    await pool.broadcast(pid);
    const [nonsense, fine] = await Promise.allSettled([pool.run(writeNonsense), pool.run(sleep, 50)]);
    assert.ok(nonsense.status === 'rejected' && nonsense.reason instanceof WorkerCrashedError);
    assert.deepEqual(fine, { status: 'fulfilled', value: 50 });
    assert.equal(await pool.run(increment, 1), 2);
  });

  it('is not blamed for an exception that was caught after all', async (t) => {
    const pool = makePool(t, { workers: 1 });
    await pool.run(catchInTimer, 20);
    const error = await rejectionOf(WorkerCrashedError, pool.run(exit, 7));
    assert.equal(error.cause, undefined);
    assert.match(error.message, /exited with code 7 while running a task\.$/);
  });

  for (const kind of farKinds) {
    it(`is not ended for an exception that was caught, though it says nothing for longer than the grace, over ${kind}`, async (t) => {
      const graceMs = 100;
      const pool = makePool(t, { kind, workers: 1, graceMs });
      await pool.run(catchInTimer, 5 * graceMs);
      // Now the exception comes when the task has ended, and the worker has nothing to do.
      await pool.run(catchInTimer, 0);
      await sleepFor(3 * graceMs);
      await pool.run(increment, 1);
      assert.deepEqual(
        pool.stats().workers.map(({ id }) => id),
        [1],
      );
    });
  }

  it('has one successor, however many broadcasts it owed', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const worker = await pool.run(pid);
    process.kill(worker, 'SIGSTOP');
    const owed = Array.from({ length: 6 }, () => pool.broadcast(pid));
    await until(() => pool.stats().inFlight === 6, 'all were given');
    process.kill(worker, 'SIGKILL');
    const pids = new Set((await Promise.all(owed)).flat());
    assert.equal(pids.size, 1);
    assert.equal(pool.stats().workers.length, 1);
  });
});

describe('a crash', () => {
  it('lets no task run twice that had started, not even behind a result that is still being sent', async (t) => {
    const mark = join(newFolder(), 'mark');
    const pool = makePool(t, { workers: 1 });
    await pool.run(pid);
    const [big, died] = await Promise.allSettled([pool.run(bigResult, 30_000_000), pool.run(markAndDie, mark)]);
    assert.equal(readFileSync(mark, 'utf8'), 'started\n');
    assert.equal(died.status, 'rejected');
    // What had not left the worker yet is lost with it; but it is not run again.
    if (big.status === 'rejected') assert.ok(big.reason instanceof WorkerCrashedError);
  });

  for (const kind of farKinds) {
    it(`of one item of a map lets none of the others start afterwards, over ${kind}`, async (t) => {
      const mark = join(newFolder(), 'mark');
      writeFileSync(mark, '');
      const pool = makePool(t, { kind, workers: 1 });
      async function* source(): AsyncGenerator<[string, string]> {
        yield ['die', mark];
        await sleep(200);
        yield ['mark', mark];
        await new Promise(() => {});
      }
      await rejectionOf(WorkerCrashedError, pool.map(dieOrMark, source()).toArray());
      await pool.run(increment, 1);
      assert.equal(readFileSync(mark, 'utf8'), '');
    });
  }

  it('of a spawn, for want of file descriptors, fails tasks and no program', async () => {
    const program = fileURLToPath(new URL('./programs/few-descriptors.ts', import.meta.url));
    const ended = promisify(execFile)('bash', ['-c', `ulimit -n 40; exec "${process.execPath}" "${program}"`]);
    const { stdout } = await ended;
    assert.match(stdout, /^24 settled\n$/);
  });
});

describe('a pool inside of a task', () => {
  for (const kind of farKinds) {
    it(`runs, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      assert.equal(await pool.run(nested, 20), 42);
    });

    it(`has one worker where nobody says how many, for every core has one already, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      assert.equal(await pool.run(defaultWorkers), 1);
    });
  }

  it('inside of a task inside of a task ends at a depth that nobody means', async (t) => {
    const pool = makePool(t, { kind: 'thread', workers: 1 });
    const error = await rejectionOf(NestedPoolError, pool.run(nestForEver));
    assert.equal(error.code, 'ERR_NESTED_POOL');
    assert.match(
      error.message,
      /^Pools are nested 4 deep: a task of a pool started a pool whose task started a pool, and so on\. Start one where the program begins/,
    );
  });
});

describe('work that spins', () => {
  it('is spread over a fresh pool', async (t) => {
    // A worker that starts late finds nothing left to do.
    const used = await onceOf(
      3,
      async () => {
        const pool = makePool(t, { workers: 2 });
        return new Set(await Promise.all(Array.from({ length: 8 }, () => pool.run(spin, 60)))).size;
      },
      (workers) => workers === 2,
    );
    assert.equal(used, 2);
  });
});

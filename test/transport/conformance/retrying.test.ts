// Tasks that are tried again. The same over every kind; what becomes of suspects needs workers that can die.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PoolClosedError, TaskTimeoutError, WorkerCrashedError, type Pool } from '../../../src/index.ts';
import { freshFile, linesOf } from '../../support/files.ts';
import { farKinds, kinds, makePool, rejection, rejectionOf, until, watch } from '../../support/pools.ts';
import {
  bystander,
  deafBefore,
  exitsBefore,
  exitsBeside,
  failsBefore,
  lateInFirst,
  noteAttempt,
  slowBefore,
} from '../../tasks/attempts.ts';
import { increment, never, pid, sleep, whoAmI } from '../../tasks/basic.ts';
import { exit, throwInTimer } from '../../tasks/deadly.ts';
import { returnFunction } from '../../tasks/failing.ts';

watch();

const backoff = { initialMs: 1, jitter: 0 };

for (const kind of kinds) {
  describe(`a retry, over ${kind}`, () => {
    it('tries a task until it fulfils, and each attempt knows its number', async (t) => {
      const pool = makePool(t, { kind });
      assert.equal(await pool.with({ retry: { attempts: 5, backoff } }).run(failsBefore, 4), 4);
      const { fulfilled, failed, retried, submitted } = pool.stats();
      assert.deepEqual(
        { fulfilled, failed, retried, submitted },
        { fulfilled: 1, failed: 0, retried: 3, submitted: 1 },
      );
      assert.equal((await pool.run(whoAmI, 1)).attempt, 1);
    });

    it('gives up after as many attempts as it has, with the last failure, and three where it does not say', async (t) => {
      const pool = makePool(t, { kind });
      for (const [attempts, last] of [
        [2, 'E2'],
        [undefined, 'E3'],
        [1, 'E1'],
      ] as const) {
        const retry = { backoff, ...(attempts !== undefined && { attempts }) };
        const error = (await rejection(pool.with({ retry }).run(failsBefore, 100))) as { code?: string };
        assert.equal(error.code, last);
      }
    });

    it('is for the kinds of failure that it names, and no others', async (t) => {
      const pool = makePool(t, { kind, graceMs: 100 });
      const onTimeout = pool.with({ timeoutMs: 300, retry: { on: ['timeout'], backoff } });
      assert.equal(((await rejection(onTimeout.run(failsBefore, 3))) as { code?: string }).code, 'E1');
      assert.equal(await onTimeout.run(slowBefore, 3), 3);
      const onError = pool.with({ timeoutMs: 300, retry: { on: ['error'], backoff } });
      assert.equal(await onError.run(failsBefore, 3), 3);
      assert.equal((await rejectionOf(TaskTimeoutError, onError.run(slowBefore, 3))).attempt, 1);
      const error = await rejectionOf(TaskTimeoutError, onTimeout.run(slowBefore, 10));
      assert.equal(error.attempt, 3);
    });

    it('may be decided by a function that is given what was thrown', async (t) => {
      const pool = makePool(t, { kind });
      const seen: unknown[] = [];
      const on = (reason: unknown): boolean => {
        const { code } = reason as { code?: string };
        seen.push(code);
        return code !== 'E2';
      };
      const error = await rejection(pool.with({ retry: { attempts: 9, on, backoff } }).run(failsBefore, 100));
      assert.deepEqual([(error as { code?: string }).code, seen], ['E2', ['E1', 'E2']]);
    });

    it('fails with what the function throws that should decide', async (t) => {
      const pool = makePool(t, { kind });
      const mistake = new ReferenceError('a mistake in it');
      const on = (): boolean => {
        throw mistake;
      };
      assert.equal(await rejection(pool.with({ retry: { on, backoff } }).run(failsBefore, 2)), mistake);
      assert.equal(await pool.run(increment, 1), 2);
    });

    it('waits between the attempts, longer each time', async (t) => {
      const pool = makePool(t, { kind });
      const file = freshFile();
      const retry = { attempts: 4, backoff: { initialMs: 40, factor: 3, maxMs: 200, jitter: 0 } };
      await rejection(pool.with({ retry }).run(noteAttempt, file));
      const notes = linesOf(file).map((line) => line.split(' ').map(Number));
      assert.deepEqual(
        notes.map(([attempt]) => attempt),
        [1, 2, 3, 4],
      );
      const times = notes.map(([, time = 0]) => time);
      for (const [at, least] of [40, 120, 200].entries()) {
        const waitedMs = (times[at + 1] ?? 0) - (times[at] ?? 0);
        assert.ok(waitedMs >= least - 2, `${waitedMs} ms before attempt ${at + 2}`);
      }
    });

    it('keeps nobody from working while it waits', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const slow = pool.with({ retry: { attempts: 2, backoff: { initialMs: 1e6 } } }).run(failsBefore, 2);
      const left = rejection(slow);
      await until(() => pool.stats().backingOff === 1, 'it backs off');
      assert.equal(await pool.run(increment, 1), 2);
      assert.match(pool.inspect(), /Backing off:\n {4}task 1 \(failsBefore of .*\), attempt 2 in \d+ ms/);
      await pool.terminate();
      assert.ok((await left) instanceof PoolClosedError);
    });

    it('ends at once where it is cancelled while it waits', async (t) => {
      const pool = makePool(t, { kind });
      const controller = new AbortController();
      const retry = { backoff: { initialMs: 1e6 } };
      const running = rejection(pool.with({ retry, signal: controller.signal }).run(failsBefore, 2));
      await until(() => pool.stats().backingOff === 1, 'it backs off');
      controller.abort();
      assert.equal(await running, controller.signal.reason);
      assert.equal(pool.stats().backingOff, 0);
    });

    it('is waited for by close', async (t) => {
      const pool = makePool(t, { kind });
      const running = pool.with({ retry: { backoff: { initialMs: 50 } } }).run(failsBefore, 3);
      await until(() => pool.stats().backingOff === 1, 'it backs off');
      await pool.close();
      assert.equal(await running, 3);
    });

    it('is of one item of a map, and its neighbours do not notice', async (t) => {
      const pool = makePool(t, { kind });
      const careful = pool.with({ retry: { backoff } });
      assert.deepEqual(await careful.map(failsBefore, [1, 3, 1, 2]).toArray(), [1, 3, 1, 2]);
      const ends = await careful.map(failsBefore, [1, 4, 2], { settled: true, ordered: false }).toArray();
      assert.deepEqual(ends.map(({ status, index }) => [index, status]).toSorted(), [
        [0, 'fulfilled'],
        [1, 'rejected'],
        [2, 'fulfilled'],
      ]);
    });

    it('hears nothing of what an earlier attempt comes to, when that was given up or ends late', async (t) => {
      // Inline the first attempt is given up and goes on; elsewhere it is waited for, or ended with its worker.
      for (const graceMs of [20, 5_000]) {
        const pool = makePool(t, { kind, workers: 1, graceMs });
        const file = freshFile();
        const careful = pool.with({ timeoutMs: 100, retry: { on: ['timeout'], backoff } });
        assert.equal(await careful.run(lateInFirst, file), 'attempt 2');
        if (kind === 'inline' || graceMs > 1_000) await until(() => linesOf(file).includes('1'), 'the first has ended');
        assert.equal(await pool.run(increment, 1), 2);
        const { submitted, fulfilled, failed, inFlight } = pool.stats();
        assert.deepEqual([submitted, fulfilled, failed, inFlight], [2, 2, 0, 0]);
      }
    });

    it('is not for what cannot cross, which will not the next time either', async (t) => {
      const pool = makePool(t, { kind });
      const careful = pool.with({ retry: { backoff } });
      await rejection(careful.run(increment, (() => 1) as never));
      await rejection(careful.run(returnFunction));
      assert.equal(pool.stats().retried, 0);
    });
  });
}

/** Runs eight in one worker, of which one takes it down: how they ended. */
async function eightWithOneKiller(pool: Pool, file: string, attempts: number): Promise<PromiseSettledResult<number>[]> {
  await pool.run(pid);
  const hardy = pool.with({ retry: { on: ['crash'], attempts, backoff } });
  const innocent = (n: number): Promise<number> => hardy.run(bystander, n, file);
  return Promise.allSettled([
    ...[0, 1, 2].map(innocent),
    hardy.run(exitsBeside, 7, file),
    ...[3, 4, 5, 6].map(innocent),
  ]);
}

for (const kind of farKinds) {
  describe(`a crash with retry, over ${kind}`, () => {
    it('of one of eight in a worker lets the seven fulfil, and the culprit alone fails, after as many starts as it had attempts', async (t) => {
      for (const attempts of [2, 3]) {
        const pool = makePool(t, { kind, workers: 1 });
        const file = freshFile();
        const ends = await eightWithOneKiller(pool, file, attempts);
        assert.deepEqual(
          ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).name)),
          [0, 1, 2, 'WorkerCrashedError', 3, 4, 5, 6],
        );
        assert.deepEqual(
          linesOf(`${file}-killer`),
          Array.from({ length: attempts }, (_, at) => `${at + 1}`),
        );
        const culprit = ends[3];
        assert.ok(culprit?.status === 'rejected' && culprit.reason instanceof WorkerCrashedError);
        // In the end it was alone, so it is known who did it.
        assert.equal(culprit.reason.taskIds.length, 1);
        const again = linesOf(file).filter((line) => line.split(' ')[1] === '2');
        assert.equal(again.length, 7);
        assert.ok(
          again.every((line) => line.endsWith(' 1')),
          'each ran alone the second time',
        );
      }
    });

    it('lets the rest of the pool go on meanwhile, and leaves no worker behind', async (t) => {
      const pool = makePool(t, { kind, workers: 2 });
      const hardy = pool.with({ retry: { on: ['crash'], attempts: 2, backoff } });
      const killer = rejectionOf(WorkerCrashedError, hardy.run(exit, 1));
      await until(() => pool.stats().workers.some(({ isQuarantine }) => isQuarantine), 'there is a quarantine');
      const others = await Promise.all(Array.from({ length: 50 }, (_, n) => pool.run(increment, n)));
      assert.equal(others.length, 50);
      await killer;
      await until(() => pool.stats().workers.every(({ isQuarantine }) => !isQuarantine), 'it is gone');
      assert.ok(pool.stats().workers.length <= 2);
    });

    it('finds several culprits among many, and each innocent fulfils', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 16 });
      const hardy = pool.with({ retry: { on: ['crash'], attempts: 3, backoff } });
      const file = freshFile();
      const running = Array.from({ length: 40 }, (_, n) =>
        n % 13 === 5 ? hardy.run(exitsBefore, 1e6, file) : hardy.run(sleep, 5),
      );
      const ends = await Promise.allSettled(running);
      for (const [n, end] of ends.entries()) assert.equal(end.status, n % 13 === 5 ? 'rejected' : 'fulfilled', `${n}`);
      assert.equal(linesOf(file).length, 9);
    });

    it('of what crashes only once costs it one attempt', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const hardy = pool.with({ retry: { on: ['crash'], backoff } });
      const file = freshFile();
      assert.equal(await hardy.run(exitsBefore, 2, file), 2);
      assert.deepEqual(linesOf(file), ['1', '2']);
    });

    it('names what nobody caught, also in the last attempt', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const hardy = pool.with({ retry: { on: ['crash'], attempts: 2, backoff } });
      const error = await rejectionOf(WorkerCrashedError, hardy.run(throwInTimer));
      assert.ok(error.cause instanceof RangeError);
    });

    it('of suspects in line: those that are cancelled never run, and terminate settles the others', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.run(pid);
      const file = freshFile();
      const controller = new AbortController();
      const hardy = pool.with({ retry: { on: ['crash'], backoff } });
      const stuck = [hardy.run(never), hardy.run(never)].map(rejection);
      const cancelled = hardy.with({ signal: controller.signal }).run(bystander, 1, file);
      const left = rejection(cancelled);
      const killer = rejection(pool.run(exitsBefore, 1e6, file));
      await killer;
      await until(() => pool.stats().queued === 2, 'two stand in line behind the first');
      controller.abort();
      assert.equal(await left, controller.signal.reason);
      assert.match(pool.inspect(), /Waiting for the quarantine worker:\n {4}never of /);
      const reason = new Error('enough');
      await pool.terminate(reason);
      assert.deepEqual(await Promise.all(stuck), [reason, reason]);
    });

    it('of suspects in line heeds their queue timeout', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.run(pid);
      const file = freshFile();
      const hardy = pool.with({ retry: { on: ['crash'], backoff } });
      const first = rejection(hardy.run(never));
      const second = rejectionOf(TaskTimeoutError, hardy.with({ queueTimeoutMs: 100 }).run(bystander, 1, file));
      await rejection(pool.run(exitsBefore, 1e6, file));
      const { phase, attempt } = await second;
      assert.deepEqual([phase, attempt], ['queued', 2]);
      await pool.terminate();
      await first;
    });

    it('of suspects whose worker cannot be started fails them with the reason', async (t) => {
      const file = freshFile();
      const { setUpOnce } = await import('../../tasks/starts.ts');
      const pool = makePool(t, { kind, workers: 1, setup: { task: setUpOnce, args: [file] } });
      await pool.run(pid);
      const hardy = pool.with({ retry: { on: ['crash'], backoff } });
      // Together they are a map, of which the first failure cancels the others, where they stand.
      const killed = hardy.map(sleep, [50, 50, 50, 50]).toArray();
      const failing = rejection(killed);
      await until(() => pool.stats().inFlight === 4, 'they run');
      const error = await rejection(pool.run(exit, 1));
      assert.match((error as Error).message, /exited with code 1/);
      assert.match(((await failing) as Error).message, /could not start: set up before/);
      const { submitted, fulfilled, failed } = pool.stats();
      assert.equal(submitted, fulfilled + failed);
      await pool.close();
    });

    it('after the grace of a task that does not end, counts as a timeout for that one', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 40 });
      const hardy = pool.with({ timeoutMs: 200, retry: { on: ['timeout'], attempts: 3, backoff } });
      assert.equal(await hardy.run(deafBefore, 3), 3);
      const crashOnly = pool.with({ timeoutMs: 40, retry: { on: ['crash'], attempts: 3, backoff } });
      assert.equal((await rejectionOf(TaskTimeoutError, crashOnly.run(deafBefore, 3))).attempt, 1);
    });
  });
}

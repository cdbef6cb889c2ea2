// Tasks that are to end before they have: by a signal, or because their time is up. The same over every kind.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';

import { InvalidOptionError, TaskTimeoutError, WorkerCrashedError } from '../../../src/index.ts';
import { freshFile, linesOf } from '../../support/files.ts';
import { farKinds, kinds, makePool, rejection, rejectionOf, until, watch } from '../../support/pools.ts';
import { countRunning, increment, never, pid, sleep, spin } from '../../tasks/basic.ts';
import { cleansUp, endsWithValue, heeds, noted, throwsItsOwn, waitsUnheeding } from '../../tasks/cancellable.ts';

watch();

for (const kind of kinds) {
  describe(`a signal, over ${kind}`, () => {
    it('that is aborted already starts nothing, and rejects with its reason itself', async (t) => {
      const pool = makePool(t, { kind });
      const file = freshFile();
      const reason = { no: 'error' };
      const aborted = pool.with({ signal: AbortSignal.abort(reason) });
      assert.equal(await rejection(aborted.run(noted, file)), reason);
      assert.equal(await rejection(aborted.map(noted, [file, file]).toArray()), reason);
      assert.deepEqual([linesOf(file), pool.stats().submitted, pool.stats().workers], [[], 0, []]);
    });

    it('keeps a task that waits from ever running', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const file = freshFile();
      const controller = new AbortController();
      const busy = pool.run(sleep, 100);
      await until(() => pool.stats().inFlight === 1, 'one runs');
      const waiting = rejection(pool.with({ signal: controller.signal }).run(noted, file));
      controller.abort();
      assert.equal(await waiting, controller.signal.reason);
      assert.equal(pool.stats().queued, 0);
      assert.equal(await busy, 100);
      assert.equal(await pool.run(increment, 1), 2);
      assert.deepEqual(linesOf(file), []);
    });

    it('aborts the own signal of a task that runs, whose `finally` with an `await` completes before it rejects', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const file = freshFile();
      const controller = new AbortController();
      const running = rejection(pool.with({ signal: controller.signal }).run(cleansUp, file));
      await until(() => linesOf(file).length === 1, 'it runs');
      const reason = new RangeError('enough');
      controller.abort(reason);
      assert.equal(await running, reason);
      assert.deepEqual(linesOf(file), ['started', 'cleaned up after RangeError']);
      assert.doesNotMatch(reason.stack ?? '', /submitted from/);
    });

    it('frees the slot of a task only when it has really ended', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const file = freshFile();
      const controller = new AbortController();
      const running = rejection(pool.with({ signal: controller.signal }).run(cleansUp, file, 100));
      await until(() => linesOf(file).length === 1, 'it runs');
      controller.abort();
      await pool.run(noted, file);
      assert.deepEqual(linesOf(file), ['started', 'cleaned up after AbortError', 'ran']);
      await running;
    });

    it('has the last word: what a task returns after that does not count', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const controller = new AbortController();
      const running = rejection(pool.with({ signal: controller.signal }).run(endsWithValue));
      await until(() => pool.stats().inFlight === 1, 'it was given');
      await pool.run(increment, 1);
      controller.abort(null);
      assert.equal(await running, null);
    });

    it('ends a map, with its reason, though its source never answers again', async (t) => {
      const pool = makePool(t, { kind });
      const controller = new AbortController();
      let closed = 0;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: () => Promise.resolve({ done: true as const, value: ++closed }),
        }),
      };
      const results = pool.with({ signal: controller.signal }).map(increment, source);
      const reading = rejection(results.toArray());
      setImmediate(() => controller.abort());
      assert.equal(await reading, controller.signal.reason);
      assert.deepEqual(results.failure, {
        index: undefined,
        input: undefined,
        reason: controller.signal.reason,
        others: [],
      });
      assert.equal(closed, 1);
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    });

    it('ends a map that settles too, and waits for what runs', async (t) => {
      const pool = makePool(t, { kind });
      const file = freshFile();
      const controller = new AbortController();
      const mapped = pool.with({ signal: controller.signal }).map(cleansUp, [file, file, file], { settled: true });
      const reading = rejection(mapped.toArray());
      await until(() => linesOf(file).length === 3, 'all run');
      controller.abort();
      assert.equal(await reading, controller.signal.reason);
      assert.equal(linesOf(file).length, 6);
    });

    it('may be one for a thousand tasks: no warning, one listener, and none in the end', async (t) => {
      const warnings: Error[] = [];
      const warn = (warning: Error): number => warnings.push(warning);
      process.on('warning', warn);
      const pool = makePool(t, { kind });
      const { signal } = new AbortController();
      const careful = pool.with({ signal });
      const running = Array.from({ length: 1_000 }, (_, n) => careful.run(increment, n));
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      assert.deepEqual(
        await Promise.all(running),
        running.map((_, n) => n + 1),
      );
      assert.deepEqual(await careful.map(increment, [1, 2]).toArray(), [2, 3]);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
      process.off('warning', warn);
      assert.deepEqual(warnings, []);
    });

    it('does not lower how many run at once', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 8 });
      const careful = pool.with({ signal: new AbortController().signal });
      const most = await Promise.all(Array.from({ length: 64 }, () => careful.run(countRunning, 20)));
      assert.equal(Math.max(...most), 8);
    });

    it('adds to one that is bound already: either cancels, each with its own reason', async (t) => {
      const pool = makePool(t, { kind });
      for (const which of [0, 1]) {
        const controllers = [new AbortController(), new AbortController()] as const;
        const both = pool.with({ signal: controllers[0].signal }).with({ signal: controllers[1].signal });
        const running = rejection(both.run(heeds, 1e7));
        await until(() => pool.stats().inFlight === 1, 'it was given');
        controllers[which]?.abort(new Error(`by the signal ${which}`));
        assert.equal(await running, controllers[which]?.signal.reason);
      }
    });

    it('that comes when all is over changes nothing', async (t) => {
      const pool = makePool(t, { kind });
      const controller = new AbortController();
      assert.equal(await pool.with({ signal: controller.signal }).run(increment, 1), 2);
      controller.abort();
      assert.equal(await pool.run(increment, 2), 3);
    });
  });

  describe(`a timeout, over ${kind}`, () => {
    it('tells a task to end, and rejects with what it was and how long it had', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const file = freshFile();
      await pool.run(increment, 1);
      async function theCaller(): Promise<void> {
        await pool.with({ timeoutMs: 50 }).run(cleansUp, file);
      }
      const error = await rejectionOf(TaskTimeoutError, theCaller());
      const { code, taskId, attempt, timeoutMs, phase, message } = error;
      assert.deepEqual(
        { code, taskId, attempt, timeoutMs, phase, message },
        {
          code: 'ERR_TASK_TIMEOUT',
          taskId: 2,
          attempt: 1,
          timeoutMs: 50,
          phase: 'running',
          message: 'Task 2 (`cleansUp`) ran for longer than 50 ms.',
        },
      );
      assert.match(error.stack ?? '', /theCaller .*\(submitted from\)/);
      assert.deepEqual(linesOf(file), ['started', 'cleaned up after TaskTimeoutError']);
    });

    it('starts when the task starts, not when it was submitted', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const hasty = pool.with({ timeoutMs: 500 });
      await pool.run(increment, 1);
      const ended = await Promise.all(Array.from({ length: 6 }, () => hasty.run(sleep, 120)));
      assert.deepEqual(ended, [120, 120, 120, 120, 120, 120]);
    });

    it('starts when the task starts, though it was given with others that hold the loop before it', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const hasty = pool.with({ timeoutMs: 600 });
      // So that many of them travel in one message.
      await Promise.all(Array.from({ length: 500 }, () => hasty.run(spin, 0)));
      const ended = await Promise.all([...Array.from({ length: 8 }, () => hasty.run(spin, 120)), hasty.run(spin, 1)]);
      assert.equal(ended.length, 9);
    });

    it('has the last word: what a task returns after it does not count', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await rejectionOf(TaskTimeoutError, pool.with({ timeoutMs: 20 }).run(waitsUnheeding, 300));
      await rejectionOf(TaskTimeoutError, pool.with({ timeoutMs: 20 }).run(endsWithValue));
      assert.equal(pool.stats().inFlight, 0);
    });

    it('is the shorter one where runners are nested', async (t) => {
      const pool = makePool(t, { kind });
      for (const nested of [
        pool.with({ timeoutMs: 30 }).with({ timeoutMs: 1e6 }),
        pool.with({ timeoutMs: 1e6 }).with({ timeoutMs: 30 }).with({ queueTimeoutMs: 1e6 }),
        pool.with({ timeoutMs: 30 }).with({ timeoutMs: Infinity }),
      ]) {
        assert.equal((await rejectionOf(TaskTimeoutError, nested.run(heeds, 1e6))).timeoutMs, 30);
      }
      assert.equal(await pool.with({ timeoutMs: Infinity }).run(sleep, 1), 1);
    });

    it('fails one item of a map, and as a unit or settled as any failure', async (t) => {
      const pool = makePool(t, { kind });
      const hasty = pool.with({ timeoutMs: 700 });
      const settled = await hasty.map(heeds, [1, 1e6, 2], { settled: true }).toArray();
      assert.deepEqual(
        settled.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).name)),
        [1, 'TaskTimeoutError', 2],
      );
      const results = hasty.map(heeds, [1, 1e6, 1e6]);
      await rejectionOf(TaskTimeoutError, results.toArray());
      assert.equal(typeof results.failure?.index, 'number');
    });

    it('is not what a task throws under the same name', async (t) => {
      const pool = makePool(t, { kind });
      for (const name of ['TimeoutError', 'AbortError']) {
        const error = await rejectionOf(DOMException, pool.with({ timeoutMs: 1_000 }).run(throwsItsOwn, name));
        assert.deepEqual([error.name, error.message], [name, 'its own doing']);
      }
    });

    it('gives way to a signal that comes after it', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const file = freshFile();
      const controller = new AbortController();
      const retry = { attempts: 5, backoff: { initialMs: 1 } };
      const careful = pool.with({ timeoutMs: 30, signal: controller.signal, retry });
      const running = rejection(careful.run(cleansUp, file, 700));
      await until(() => linesOf(file).length === 1, 'it runs');
      await pool.run(sleep, 300);
      controller.abort();
      assert.equal(await running, controller.signal.reason);
      assert.deepEqual(linesOf(file), ['started', 'cleaned up after TaskTimeoutError']);
    });
  });

  describe(`a queue timeout, over ${kind}`, () => {
    it('fails what waits for too long, which then never runs', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const file = freshFile();
      const busy = pool.run(sleep, 200);
      const error = await rejectionOf(TaskTimeoutError, pool.with({ queueTimeoutMs: 40 }).run(noted, file));
      assert.deepEqual([error.phase, error.timeoutMs, error.attempt], ['queued', 40, 1]);
      assert.match(error.message, /^Task 2 \(`noted`\) waited for 40 ms and no worker had room for it\.$/);
      await busy;
      await pool.run(increment, 1);
      assert.deepEqual(linesOf(file), []);
    });

    it('does not concern what has been given to a worker', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.run(increment, 1);
      assert.equal(await pool.with({ queueTimeoutMs: 50 }).run(sleep, 150), 150);
    });

    it('is not tried again: the task never had an attempt', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const busy = pool.run(sleep, 150);
      await rejectionOf(TaskTimeoutError, pool.with({ queueTimeoutMs: 20, retry: {} }).run(increment, 1));
      assert.equal(pool.stats().retried, 0);
      await busy;
    });
  });
}

for (const kind of farKinds) {
  describe(`a task that does not end when it is told to, over ${kind}`, () => {
    it('is ended with its worker after the grace, also where it spins', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 60 });
      const hasty = pool.with({ timeoutMs: 60 });
      for (const deaf of [() => hasty.run(spin, 1e6), () => hasty.run(sleep, 1e6)]) {
        const before = performance.now();
        await rejectionOf(TaskTimeoutError, deaf());
        assert.ok(performance.now() - before < 5_000);
      }
      assert.equal(await pool.run(increment, 1), 2);
    });

    it('fails those that had started beside it, which are told whose doing that was', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 60 });
      await pool.run(pid);
      const culprit = rejectionOf(TaskTimeoutError, pool.with({ timeoutMs: 60 }).run(never));
      const others = [pool.run(never), pool.run(never)].map((other) => rejectionOf(WorkerCrashedError, other));
      await culprit;
      for (const error of await Promise.all(others)) {
        assert.equal(error.causedBy, 2);
        assert.deepEqual(error.taskIds, [2, 3, 4]);
        assert.match(
          error.message,
          /^Worker 1 \(.*\) was ended while running 3 tasks: task 2 had not ended 60 ms after it was told to\. Let task 2 heed `context\(\)\.signal`, or raise `graceMs`\.$/,
        );
      }
    });

    it('lets those run again elsewhere that had started beside it and may', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 60 });
      await pool.run(pid);
      const hardy = pool.with({ retry: { on: ['crash'], backoff: { initialMs: 1 } } });
      const others = Array.from({ length: 5 }, () => hardy.run(sleep, 700));
      await rejectionOf(TaskTimeoutError, pool.with({ timeoutMs: 60 }).run(never));
      assert.deepEqual(await Promise.all(others), [700, 700, 700, 700, 700]);
      assert.equal(pool.stats().retried, 5);
    });

    it('costs those nothing that had not started behind it', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 60 });
      await pool.run(pid);
      const culprit = rejectionOf(TaskTimeoutError, pool.with({ timeoutMs: 60 }).run(spin, 1e6));
      await until(() => pool.stats().inFlight === 1, 'it was given');
      const behind = Array.from({ length: 20 }, (_, n) => pool.run(increment, n));
      await culprit;
      assert.deepEqual(
        await Promise.all(behind),
        behind.map((_, n) => n + 1),
      );
    });

    it('is not blamed for another that holds its loop before it could start', async (t) => {
      const pool = makePool(t, { kind, workers: 1, graceMs: 700 });
      const controller = new AbortController();
      await Promise.all(Array.from({ length: 200 }, () => pool.run(spin, 0)));
      // They travel together; the first holds the loop for longer than the grace of the others.
      const long = pool.run(spin, 1_500);
      const others = Array.from({ length: 10 }, () => pool.with({ signal: controller.signal }).run(spin, 0));
      await until(() => pool.stats().inFlight > 1, 'they were given');
      controller.abort();
      for (const other of await Promise.allSettled(others))
        assert.ok(other.status === 'rejected' && other.reason === controller.signal.reason);
      assert.equal(typeof (await long), 'number');
    });
  });
}

it('options of `with` are checked, and the error says what to write', (t) => {
  const pool = makePool(t);
  for (const [options, message] of [
    [
      { timeoutMs: -1 },
      /`timeoutMs` takes a number of milliseconds from 0 to 2147483647, or Infinity; it was given -1/,
    ],
    [{ timeoutMs: '5s' }, /`timeoutMs` takes .*; it was given '5s' \(string\)/],
    [{ timeout: 5 }, /Unknown option `timeout`; did you mean `timeoutMs`\?/],
    [{ signal: {} }, /`signal` takes an AbortSignal; it was given an object/],
    [{ retry: { attempt: 2 } }, /Unknown option `attempt`; did you mean `attempts`\?/],
    [{ retry: { on: ['crashes'] } }, /`on` takes an array of 'error', 'timeout' and 'crash', or a function/],
    [{ retry: { attempts: 0 } }, /`attempts` takes a whole number, 1 or more; it was given 0/],
    [{ retry: { backoff: { jitter: 2 } } }, /`jitter` takes a number from 0 to 1, true or false; it was given 2/],
    [{ retry: {}, transfer: [] }, /`retry` and `transfer` exclude each other/],
  ] as const) {
    assert.throws(
      () => pool.with(options as never),
      (error) => error instanceof InvalidOptionError && message.test(error.message),
    );
  }
});

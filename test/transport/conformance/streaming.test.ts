// Streams and reports: what a task says while it runs. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { NotSerializableError, PoolClosedError, WorkerCrashedError, type Reporter } from '../../../src/index.ts';
import { freshFile, readText } from '../../support/files.ts';
import { kinds, makePool, rejection, rejectionOf, sharedPool, until, watch } from '../../support/pools.ts';
import { echo, increment, sleep } from '../../tasks/basic.ts';
import { Money } from '../../tasks/portables.ts';
import {
  count,
  countForever,
  countSync,
  dieAfter,
  failAfter,
  failAtCleanUp,
  moveBytes,
  notIterable,
  reportAndYield,
  reportAttempts,
  reportFunction,
  reportLate,
  reportSteps,
  reportSync,
  stall,
  webStream,
  yieldBytes,
  yieldComputed,
  yieldFunction,
  yieldMoney,
  yieldSlowly,
} from '../../tasks/streams.ts';

watch();

const ids = (length: number): number[] => Array.from({ length }, (_, n) => n);

/** Reads until it ends or fails. */
async function readAll<T>(stream: AsyncIterable<T>): Promise<{ values: T[]; error?: unknown }> {
  const values: T[] = [];
  try {
    for await (const value of stream) values.push(value);
    return { values };
  } catch (error) {
    return { values, error };
  }
}

for (const kind of kinds) {
  describe(`a stream that is left before its first value, over ${kind}`, () => {
    it('has its task ended, and its `finally` run, where that had begun', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const file = freshFile();
      const values = pool.stream(stall, 0, file)[Symbol.asyncIterator]();
      const first = values.next();
      await until(() => pool.stats().inFlight === 1, 'its worker has it');
      await pool.run(increment, 1);
      assert.deepEqual(await values.return?.(), { done: true, value: undefined });
      assert.deepEqual(await first, { done: true, value: undefined });
      assert.equal(readText(file), 'cleaned up');
      assert.equal(pool.stats().inFlight, 0);
    });

    it('never begins where it had not', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const file = freshFile();
      const busy = pool.run(sleep, 50);
      const values = pool.stream(stall, 0, file)[Symbol.asyncIterator]();
      assert.deepEqual(await values.return?.(), { done: true, value: undefined });
      assert.deepEqual(await values.next(), { done: true, value: undefined });
      await busy;
      assert.equal(await pool.run(increment, 1), 2);
      assert.deepEqual([readText(file), pool.stats().inFlight], ['', 0]);
    });
  });
  describe(`a stream, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });
    const isIdle = (): boolean => shared().stats().inFlight === 0;

    it('hands over what a generator yields, async or sync, in order', async () => {
      assert.deepEqual(await Array.fromAsync(shared().stream(count, 5_000)), ids(5_000));
      assert.deepEqual(await Array.fromAsync(shared().stream(countSync, 5_000)), ids(5_000));
      assert.deepEqual(await Array.fromAsync(shared().stream(count, 0)), []);
      assert.deepEqual(await Array.fromAsync(shared().stream(webStream, 100)), ids(100));
    });

    it('hands values over while the task runs', async () => {
      const stream = shared().stream(yieldSlowly, 4, 40)[Symbol.asyncIterator]();
      const startedAt = performance.now();
      assert.deepEqual(await stream.next(), { done: false, value: 0 });
      assert.equal(shared().stats().inFlight, 1, 'it runs still');
      assert.deepEqual(await stream.next(), { done: false, value: 1 });
      assert.deepEqual(await Array.fromAsync({ [Symbol.asyncIterator]: () => stream }), [2, 3]);
      assert.ok(performance.now() - startedAt > 100);
    });

    it('lets other tasks of its loop run between values that take long', async () => {
      const values: number[] = [];
      const reading = (async () => {
        for await (const value of shared().stream(yieldComputed, 12, 20)) values.push(value);
      })();
      await until(() => values.length > 0, 'the first value is there');
      assert.equal(await shared().run(increment, 1), 2);
      assert.ok(values.length < 12, 'the other task ran meanwhile');
      await reading;
      assert.deepEqual(values, ids(12));
    });

    it('is at most a small buffer ahead of its reader', async () => {
      const file = freshFile();
      const stream = shared().stream(countForever, file)[Symbol.asyncIterator]();
      for (let n = 1; n <= 5; n++) assert.deepEqual(await stream.next(), { done: false, value: n });
      await until(() => Number(readText(file)) >= 16, 'the buffer is full');
      await sleepFor(50);
      assert.ok(Number(readText(file)) <= 32, `it is at ${readText(file)} where 5 were read`);
      assert.deepEqual(await stream.next(), { done: false, value: 6 });
      await stream.return?.();
      assert.match(readText(file), / cleaned up$/);
      await until(isIdle, 'nothing runs');
    });

    it('starts when it is read, and can be read once', async () => {
      const before = shared().stats().submitted;
      const stream = shared().stream(count, 3);
      await sleepFor(5);
      assert.equal(shared().stats().submitted, before);
      assert.deepEqual(await Array.fromAsync(stream), [0, 1, 2]);
      await rejectionOf(TypeError, Array.fromAsync(stream));
    });

    it('runs the `finally` of its generator when the loop is left, and waits for it', async () => {
      const file = freshFile();
      for await (const value of shared().stream(countForever, file)) if (value === 3) break;
      assert.match(readText(file), /^\d+ cleaned up$/);
      const other = freshFile();
      await assert.rejects(async () => {
        for await (const _ of shared().stream(countForever, other)) throw new Error('of the body');
      }, /of the body/);
      assert.match(readText(other), /^\d+ cleaned up$/);
    });

    it('tells a generator that waits for something when the loop is left', async () => {
      const file = freshFile();
      const stream = shared().stream(stall, 2, file)[Symbol.asyncIterator]();
      assert.deepEqual(
        [await stream.next(), await stream.next()].map(({ value }) => value),
        [0, 1],
      );
      const pending = stream.next();
      await stream.return?.();
      assert.deepEqual(await pending, { done: true, value: undefined });
      assert.equal(readText(file), 'cleaned up');
    });

    it('is left quietly, also where its generator throws while it cleans up', async () => {
      for await (const _ of shared().stream(failAtCleanUp)) break;
      const unread = shared().stream(failAtCleanUp)[Symbol.asyncIterator]();
      await unread.return?.();
      assert.equal((await unread.next()).done, true);
    });

    it('is left quietly, whether what its generator throws further ahead has arrived or not', async () => {
      for (const hasArrived of [false, true]) {
        for await (const _ of shared().stream(failAfter, 3)) {
          if (hasArrived) await until(isIdle, 'it has failed');
          break;
        }
        const early = shared().stream(failAfter, 0)[Symbol.asyncIterator]();
        if (hasArrived) await until(isIdle, 'it has failed');
        await early.return?.();
        const missing = shared().stream(yieldFunction, freshFile())[Symbol.asyncIterator]();
        await missing.next();
        if (hasArrived) await until(isIdle, 'it has failed');
        await Promise.all([missing.return?.(), missing.return?.()]);
      }
      await until(isIdle, 'nothing runs');
    });

    it('hands over the values before an error, then the error', async () => {
      const { values, error } = await readAll(shared().stream(failAfter, 1_000));
      assert.deepEqual(values, ids(1_000));
      assert.ok(error instanceof RangeError);
      assert.match(error.stack ?? '', /failAfter[^]*\(submitted from\)/);
    });

    it('refuses what cannot be iterated, and says what it was given', async () => {
      const { error } = await readAll(shared().stream(notIterable));
      assert.match(String(error), /TypeError: stream takes .*`notIterable` returned 7 \(number\)/);
      const other = await readAll(shared().stream(echo as never));
      assert.ok(other.error instanceof TypeError);
    });

    it('fails where a value cannot cross, behind those that can, and cleans up', async () => {
      const file = freshFile();
      const { values, error } = await readAll(shared().stream(yieldFunction, file));
      assert.deepEqual(values, ['before']);
      assert.ok(error instanceof NotSerializableError);
      assert.equal(error.path, 'yielded.deep[0]');
      assert.equal(readText(file), 'cleaned up');
    });

    it('carries instances, Buffers and bytes that are written to again', async () => {
      const values = await Array.fromAsync(shared().stream(yieldMoney, 40));
      assert.ok(values.every((value, n) => (n % 2 === 0 ? value instanceof Money : true)));
      assert.ok(Buffer.isBuffer((values[1] as { bytes: Buffer }).bytes));
      const chunks = await Array.fromAsync(shared().stream(yieldBytes, 50, 10_000));
      assert.ok(chunks.every((chunk, n) => chunk.length === 10_000 && chunk[0] === n && chunk[9_999] === n));
      const moved = await Array.fromAsync(shared().stream(moveBytes, 20));
      assert.ok(moved.every(([bytes], n) => bytes.length === 64 && bytes[63] === n));
      assert.ok(
        moved.slice(1).every(([, left]) => left === 0),
        'those that were given away are empty there',
      );
    });

    it('gathers few values where they are large', async () => {
      const large = shared().stream(yieldBytes, 60, 1 << 20);
      const stream = large[Symbol.asyncIterator]();
      for (let n = 0; n < 60; n++) {
        const { value } = (await stream.next()) as { value: Uint8Array };
        assert.equal(value[1], n);
      }
      assert.equal((await stream.next()).done, true);
    });

    it('can be read with several `next` at a time', async () => {
      const stream = shared().stream(count, 3)[Symbol.asyncIterator]();
      const results = await Promise.all(ids(5).map(() => stream.next()));
      assert.deepEqual(
        results.map(({ value }) => value as number | undefined),
        [0, 1, 2, undefined, undefined],
      );
    });

    it('can be one of many that share a loop', async (t) => {
      const pool = makePool(t, { kind });
      const all = await Promise.all(ids(40).map((n) => Array.fromAsync(pool.stream(count, 50 + n))));
      assert.deepEqual(
        all.map(({ length }) => length),
        ids(40).map((n) => 50 + n),
      );
    });

    it('rejects with the reason of a signal, and starts nothing where that is aborted', async () => {
      const file = freshFile();
      const controller = new AbortController();
      const values: number[] = [];
      const reason = new Error('enough');
      const read = (async () => {
        for await (const value of shared().with({ signal: controller.signal }).stream(stall, 3, file)) {
          values.push(value);
          if (value === 2) controller.abort(reason);
        }
      })();
      assert.equal(await rejection(read), reason);
      assert.deepEqual(values, [0, 1, 2]);
      assert.equal(readText(file), 'cleaned up');
      const before = shared().stats().submitted;
      assert.equal(
        await rejection(Array.fromAsync(shared().with({ signal: controller.signal }).stream(count, 3))),
        reason,
      );
      assert.equal(shared().stats().submitted, before);
    });

    it('is tried again as long as it has yielded nothing', async () => {
      const retry = { attempts: 3, backoff: { initialMs: 1 } };
      const { values, error } = await readAll(shared().with({ retry }).stream(failAfter, 2));
      assert.deepEqual(values, [0, 1]);
      assert.ok(error instanceof RangeError);
      const before = shared().stats().retried;
      const none = await readAll(shared().with({ retry }).stream(failAfter, 0));
      assert.ok(none.error instanceof RangeError);
      assert.equal(shared().stats().retried - before, 2);
    });

    it('hands over what had come when its pool is terminated, and then says so', async (t) => {
      const pool = makePool(t, { kind });
      const stream = pool.stream(countForever, freshFile())[Symbol.asyncIterator]();
      assert.equal((await stream.next()).value, 1);
      await pool.terminate();
      let seen = 1;
      const ended = (async () => {
        for (;;) {
          const { done, value } = await stream.next();
          if (done === true) return;
          assert.equal(value, ++seen);
        }
      })();
      await rejectionOf(PoolClosedError, ended);
      assert.equal((await stream.next()).done, true);
    });

    it('is waited for when its pool closes', async (t) => {
      const pool = makePool(t, { kind });
      const stream = pool.stream(count, 500)[Symbol.asyncIterator]();
      assert.equal((await stream.next()).value, 0);
      const closing = pool.close();
      const rest = await Array.fromAsync({ [Symbol.asyncIterator]: () => stream });
      assert.equal(rest.length, 499);
      await closing;
    });

    if (kind !== 'inline') {
      it('hands over the values before a crash, then tells of it', async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const { values, error } = await readAll(pool.stream(dieAfter, 10));
        assert.deepEqual(values, ids(10));
        assert.ok(error instanceof WorkerCrashedError);
        assert.equal(error.exitCode, 3);
        assert.equal(await pool.run(increment, 1), 2);
      });
    }
  });

  describe(`a report, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });
    const heard: unknown[] = [];
    const by: Reporter[] = [];
    const listening = () => {
      heard.length = by.length = 0;
      return shared().with({
        onReport(value, reporter) {
          heard.push(value);
          by.push(reporter);
        },
      });
    };

    it('is heard in order and before what the task comes to', async () => {
      const ended = listening()
        .run(reportSteps, 3_000)
        .then(() => heard.push('ended'));
      await ended;
      assert.deepEqual(heard, [...ids(3_000).map((step) => ({ step })), 'ended']);
      assert.ok(by.every(({ taskId, attempt }) => taskId === by[0]?.taskId && attempt === 1));
    });

    it('of a function that never waits is heard as well, and says when there are many', async () => {
      const kept = await listening().run(reportSync, 1_500);
      assert.deepEqual(heard, ids(1_500));
      assert.deepEqual([kept[0], kept[900], kept[1_400]], [true, true, false]);
    });

    it('goes nowhere where nobody listens', async () => {
      assert.equal(await shared().run(reportSteps, 100), 'done');
      assert.ok((await shared().run(reportSync, 2_000)).every(Boolean));
      assert.equal(await reportSteps(3), 'done', 'also where it is called directly');
    });

    it('travels with what a stream yields, in order', async () => {
      const all: unknown[] = [];
      const pool = shared().with({ onReport: (value) => all.push(value) });
      for await (const value of pool.stream(reportAndYield, 100)) all.push(value);
      const reports = all.filter((value) => typeof value === 'string');
      assert.deepEqual(
        reports,
        ids(100).map((n) => `before ${n}`),
      );
      for (const n of ids(100)) assert.ok(all.indexOf(`before ${n}`) < all.indexOf(n));
    });

    it('comes from each item of a map, with the id of its task', async () => {
      const results = await listening().map(reportSteps, ids(20)).toArray();
      assert.deepEqual(
        results,
        ids(20).map(() => 'done'),
      );
      assert.equal(heard.length, 190);
      assert.equal(new Set(by.map(({ taskId }) => taskId)).size, 19);
    });

    it('tells of which attempt it is', async () => {
      const retry = { attempts: 3, backoff: { initialMs: 1 } };
      assert.equal(await listening().with({ retry }).run(reportAttempts, 3), 3);
      assert.deepEqual(heard, [1, 2, 3]);
      assert.deepEqual(
        by.map(({ attempt }) => attempt),
        [1, 2, 3],
      );
    });

    it('comes to nothing when its task has ended', async () => {
      assert.equal(await listening().run(reportLate), 1);
      await shared().run(sleep, 20);
      assert.deepEqual(heard, ['in time']);
    });

    it('that cannot cross is refused in the task, with the path', async () => {
      assert.match(await listening().run(reportFunction), /^report\.fn cannot cross/);
    });

    it('whose listener throws ends its task, which rejects with that', async () => {
      const failing = shared().with({
        onReport() {
          throw new RangeError('of the listener');
        },
      });
      await assert.rejects(failing.run(reportSteps, 5), /of the listener/);
      assert.equal(await shared().run(increment, 1), 2);
    });
  });
}

// What comes along with a task from where it is submitted. The same over every transport.
import { trace } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import {
  DefinitionError,
  InvalidOptionError,
  NotSerializableError,
  Pool,
  type PoolOptions,
} from '../../../src/index.ts';
import { freshFile, linesOf } from '../../support/files.ts';
import { farKinds, kinds, makePool, rejection, rejectionOf, watch } from '../../support/pools.ts';
import { noted } from '../../tasks/cancellable.ts';
import {
  restore,
  restoredAt,
  restoreLater,
  storage,
  stored,
  storedLater,
  storedOf,
  storedSteps,
  User,
} from '../../tasks/propagated.ts';
import * as otel from '../../tasks/traced.ts';

watch();

for (const kind of farKinds) {
  describe(`what is propagated and not loaded yet, over ${kind}`, () => {
    it('keeps a task from beginning that was cancelled while its class was loaded', async (t) => {
      const file = freshFile();
      const { Late } = await import('../../tasks/late-class.ts');
      let captured: unknown;
      const pool = makePool(t, { kind, workers: 1, propagate: { capture: () => captured, restore } });
      await pool.run(stored);
      captured = new Late(1);
      const controller = new AbortController();
      const cancelled = rejection(pool.with({ signal: controller.signal }).run(noted, file));
      captured = undefined;
      // Then its worker has it, and loads.
      await pool.run(stored);
      controller.abort();
      assert.equal(await cancelled, controller.signal.reason);
      await pool.run(stored);
      assert.deepEqual(linesOf(file), []);
    });
  });
}

for (const kind of kinds) {
  describe(`what is propagated, over ${kind}`, () => {
    const makeCarrying = (t: TestContext, options: PoolOptions = {}): Pool =>
      makePool(t, { kind, workers: 1, propagate: { capture: () => storage.getStore(), restore }, ...options });

    it('is seen by the task, its own by each of many at once', async (t) => {
      const pool = makeCarrying(t);
      const ends = await Promise.all(
        Array.from({ length: 200 }, (_, n) => storage.run(n, () => pool.run(storedLater, n % 7))),
      );
      assert.deepEqual(
        ends,
        Array.from({ length: 200 }, (_, n) => [n, n]),
      );
      const atOnce = await Promise.all(Array.from({ length: 300 }, (_, n) => storage.run(n, () => pool.run(stored))));
      assert.deepEqual(
        atOnce,
        Array.from({ length: 300 }, (_, n) => n),
      );
      assert.equal(await pool.run(stored), undefined);
    });

    it('comes along with maps, streams and broadcasts from where they are called', async (t) => {
      const pool = makeCarrying(t, { workers: 2 });
      const results = storage.run('of the map', () => pool.map(storedOf, [1, 2, 3]));
      assert.deepEqual(await storage.run('of the reader', () => results.toArray()), [
        [1, 'of the map'],
        [2, 'of the map'],
        [3, 'of the map'],
      ]);
      const values = storage.run('of the stream', () => pool.stream(storedSteps, 3));
      assert.deepEqual(await Array.fromAsync(values), ['of the stream', 'of the stream', 'of the stream']);
      assert.deepEqual(await storage.run('of all', () => pool.broadcast(stored)), ['of all', 'of all']);
    });

    it('crosses as arguments do: instances as themselves, and each of many packed ones', async (t) => {
      const pool = makeCarrying(t);
      const user = await storage.run(new User('Ada'), () => pool.run(stored));
      assert.ok(user instanceof User && user.name === 'Ada');
      const ends = await storage.run(new URL('http://one/'), () => pool.map(storedOf, [1, 2]).toArray());
      assert.deepEqual(ends, [
        [1, new URL('http://one/')],
        [2, new URL('http://one/')],
      ]);
      const error = await storage.run({ fn: () => {} }, () => rejectionOf(NotSerializableError, pool.run(stored)));
      assert.match(error.message, /^propagate\.capture\(\)\.fn cannot cross.*it is a function/);
    });

    it('is captured once for each call, and restored once for each attempt', async (t) => {
      let captured = 0;
      const capture = (): number => ++captured;
      const pool = makePool(t, { kind, workers: 1, propagate: { capture, restore } });
      const before = await pool.run(restoredAt, 1);
      assert.equal(captured, 1);
      const careful = pool.with({ retry: { attempts: 3, on: ['error'], backoff: { initialMs: 1 } }, timeoutMs: 5_000 });
      assert.equal(await careful.run(restoredAt, 3), before + 3);
      assert.equal(captured, 2);
      await pool.map(storedOf, [1, 2, 3]).toArray();
      assert.equal(captured, 3);
    });

    it('fails the call where capturing does, and the task where restoring does', async (t) => {
      const pool = makePool(t, {
        kind,
        workers: 1,
        propagate: {
          capture: () => {
            const value = storage.getStore();
            if (value === 'nothing') throw new TypeError('there is nothing');
            return value;
          },
          restore,
        },
      });
      const failed = await storage.run('nothing', () => rejectionOf(TypeError, pool.run(stored)));
      assert.equal(failed.message, 'there is nothing');
      assert.match(failed.stack ?? '', /propagating\.test\.ts/);
      const refused = await storage.run('refused', () => rejectionOf(RangeError, pool.run(stored)));
      assert.equal(refused.message, 'it is refused');
      assert.equal(pool.stats().inFlight, 0);
      assert.equal(await storage.run('fine', () => pool.run(stored)), 'fine');
    });

    it('may be restored by an async function, and what that returns is the result', async (t) => {
      const pool = makeCarrying(t, { propagate: { capture: () => 'later', restore: restoreLater } });
      assert.deepEqual(await pool.run(storedLater, 1), [['later', 'later'], 1]);
      assert.deepEqual(await Array.fromAsync(pool.stream(storedSteps, 2)), ['later', 'later']);
    });

    it('a span that is active in the caller is the parent of the span in the task, with OpenTelemetry', async (t) => {
      const pool = makePool(t, { kind, workers: 2, propagate: { capture: otel.capture, restore: otel.restore } });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          otel.tracer.startActiveSpan(`request ${n}`, async (span) => {
            const { traceId, spanId } = span.spanContext();
            const [one, others] = await Promise.all([
              pool.run(otel.traced, n % 3),
              pool.map(otel.traced, [1, 2]).toArray(),
            ]);
            for (const end of [one, ...others]) {
              assert.equal(end.traceId, traceId);
              assert.equal(end.parentId, spanId);
              assert.notEqual(end.spanId, spanId);
              assert.equal(end.activeId, end.spanId);
              if (kind === 'process') assert.notEqual(end.pid, process.pid);
            }
            assert.equal(trace.getActiveSpan(), span);
            span.end();
          }),
        ),
      );
      const alone = await pool.run(otel.traced, 1);
      assert.equal(alone.parentId, undefined);
    });
  });
}

it('what restores must be a task function, for a worker must find it', () => {
  const plain = (_value: unknown, fn: () => unknown): unknown => fn();
  assert.throws(
    () => new Pool({ propagate: { capture: () => 1, restore: plain as never } }),
    (error) =>
      error instanceof DefinitionError && /`propagate\.restore` takes a task function.*`plain`/.test(error.message),
  );
  assert.throws(() => new Pool({ propagate: { capture: 1, restore } as never }), InvalidOptionError);
  assert.throws(
    () => new Pool({ propagate: { captures: () => 1, restore } as never }),
    /Unknown option `captures`; did you mean `capture`/,
  );
});

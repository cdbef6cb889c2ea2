// The user's own code that runs inside of the pool may do anything: cancel, end the pool, fail.
import assert from 'node:assert/strict';
import { tracingChannel, type TracingChannelSubscribers } from 'node:diagnostics_channel';
import { describe, it, type TestContext } from 'node:test';

import { PoolClosedError, type TaskTrace } from '../../src/index.ts';
import { kinds, makePool, rejection, rejectionOf, watch } from '../support/pools.ts';
import { failsBefore } from '../tasks/attempts.ts';
import { increment, sleep } from '../tasks/basic.ts';

watch();

function onStart(t: TestContext, start: () => void): void {
  const channel = tracingChannel<TaskTrace>('polyloop:task');
  const subscribers = { start } as Partial<TracingChannelSubscribers<TaskTrace>>;
  channel.subscribe(subscribers);
  t.after(() => channel.unsubscribe(subscribers));
}

for (const kind of kinds) {
  describe(`a policy that is asked whether to try again, over ${kind}`, () => {
    it('may cancel the task', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const stop = new AbortController();
      const reason = new Error('enough');
      let asked = 0;
      const on = (): boolean => {
        asked++;
        stop.abort(reason);
        return true;
      };
      const runner = pool.with({ signal: stop.signal, retry: { attempts: 5, on, backoff: { initialMs: 1 } } });
      assert.equal(await rejection(runner.run(failsBefore, 9)), reason);
      assert.equal(asked, 1);
    });

    it('may end the pool', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const on = (): boolean => {
        void pool.terminate();
        return true;
      };
      await rejectionOf(PoolClosedError, pool.with({ retry: { attempts: 5, on } }).run(failsBefore, 9));
      assert.deepEqual([pool.stats().submitted, pool.stats().failed], [1, 1]);
    });
  });

  describe(`who hears that a task is accepted, over ${kind}`, () => {
    it('may cancel it', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const stop = new AbortController();
      const reason = new Error('not this one');
      onStart(t, () => stop.abort(reason));
      assert.equal(await rejection(pool.with({ signal: stop.signal }).run(increment, 1)), reason);
      assert.equal(await rejection(pool.with({ signal: stop.signal }).map(increment, [1, 2, 3]).toArray()), reason);
    });

    it('may end the pool', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      onStart(t, () => void pool.terminate());
      await rejectionOf(PoolClosedError, pool.run(sleep, 1));
      const { submitted, failed, queued } = pool.stats();
      assert.deepEqual([submitted, failed, queued], [1, 1, 0]);
    });
  });
}

// Times are judged by when tasks began and ended, by the clock of the worker, and not by when the caller came to look.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { TaskTimeoutError, type Runner } from '../../../src/index.ts';
import { farKinds, kinds, makePool, onceOf, rejection, until, watch } from '../../support/pools.ts';
import { failsBefore } from '../../tasks/attempts.ts';
import { heedsItsSignal } from '../../tasks/cancellable.ts';
import { increment, sleep, spin } from '../../tasks/basic.ts';
import { yieldSlowly } from '../../tasks/streams.ts';

watch();

/** Holds the loop of the caller. */
function hold(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** Tasks that take so long, and leave the loop of their worker free or hold it. */
const takes = {
  'and leaves its loop free': (runner: Runner, ms: number): Promise<number> => runner.run(sleep, ms),
  'and holds its loop': (runner: Runner, ms: number): Promise<number> => runner.run(spin, ms),
};

/** Enough for a task to be sent, and to begin. */
const begunMs = 10;

for (const kind of kinds) {
  describe(`a time to run, over ${kind}`, () => {
    for (const [how, take] of Object.entries(takes)) {
      it(`is over for a task that ended late, ${how}, though the caller was held until it had ended`, async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
        await take(pool, 1);
        for (let n = 0; n < 3; n++) {
          const late = rejection(take(pool.with({ timeoutMs: 20 }), 60));
          await sleepFor(begunMs);
          hold(120);
          const error = await late;
          assert.ok(error instanceof TaskTimeoutError, String(error));
          assert.equal(error.phase, 'running');
        }
        assert.equal(pool.stats().failed, 3);
      });
    }

    it('is over for each task that ends because its time is up, however close the clocks are', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 200, graceMs: 10_000 });
      await pool.run(increment, 1);
      const runner = pool.with({ timeoutMs: 10.3 });
      const ends = await Promise.all(Array.from({ length: 200 }, () => rejection(runner.run(heedsItsSignal))));
      for (const error of ends) assert.ok(error instanceof TaskTimeoutError, String(error));
    });

    it('is over for a stream that ended late, and for each attempt', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
      await pool.run(increment, 1);
      const stream = Array.fromAsync(pool.with({ timeoutMs: 20 }).stream(yieldSlowly, 3, 30));
      const failing = rejection(stream);
      await sleepFor(begunMs);
      hold(200);
      assert.ok((await failing) instanceof TaskTimeoutError);
      const again = pool.with({ timeoutMs: 20, retry: { attempts: 2, on: ['timeout'], backoff: { initialMs: 1 } } });
      const retried = rejection(again.run(sleep, 60));
      await sleepFor(begunMs);
      hold(120);
      assert.ok((await retried) instanceof TaskTimeoutError);
      assert.equal(pool.stats().retried, 1);
    });
  });
}

for (const kind of farKinds) {
  describe(`a time that is kept, over ${kind}`, () => {
    for (const [how, take] of Object.entries(takes)) {
      it(`counts, though the caller was held for much longer, of a task that takes a while ${how}`, async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
        await take(pool, 1);
        // On a busy machine the task itself may take longer than it should.
        await onceOf(
          5,
          async () => {
            const run = take(pool.with({ timeoutMs: 100 }), 20);
            await sleepFor(begunMs);
            hold(250);
            return run.catch((error: Error) => error.message);
          },
          (outcome) => typeof outcome === 'number',
        );
      });
    }

    it('keeps the error of the task, which is no timeout', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
      const run = rejection(pool.with({ timeoutMs: 5_000 }).run(failsBefore, 2));
      await sleepFor(begunMs);
      assert.match(String(await run), /attempt 1 failed/);
    });

    it('is that of a task which began in time, though the caller was held until it had waited for longer', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
      await pool.run(sleep, 1);
      const run = pool.with({ queueTimeoutMs: 600 }).run(sleep, 500);
      await until(() => pool.inspect().includes('running sleep'), 'it has begun');
      hold(700);
      assert.equal(await run, 500);
    });

    it('is not that of a task which its worker came to too late', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 4 });
      await pool.run(increment, 1);
      await pool.run(spin, 1);
      const held = pool.run(spin, 200);
      const late = rejection(pool.with({ queueTimeoutMs: 50 }).run(increment, 1));
      hold(300);
      const error = await late;
      assert.ok(error instanceof TaskTimeoutError && error.phase === 'queued', String(error));
      await held;
    });
  });
}

// What running tasks say is heard while they run, and before what becomes of them, whatever that is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { WorkerCrashedError } from '../../src/index.ts';
import { farKinds, kinds, makePool, onceOf, until, watch } from '../support/pools.ts';
import { reportAndSpin, reportThenWait, yieldLoadedLate, yieldThenDie } from '../tasks/said.ts';

watch();

const lateClass = new URL('../tasks/late-class.ts', import.meta.url).href;

for (const kind of kinds) {
  it(`a report is heard soon, though nothing follows it, over ${kind}`, async (t) => {
    const pool = makePool(t, { kind, workers: 1, graceMs: 100 });
    await onceOf(
      4,
      async () => {
        const ended = new AbortController();
        let heardMs = Infinity;
        const began = performance.now();
        const onReport = (): void => void (heardMs = performance.now() - began);
        const running = pool.with({ onReport, signal: ended.signal }).run(reportThenWait, 1e6);
        await until(() => heardMs < Infinity, 'it is heard');
        ended.abort();
        await running.catch(() => {});
        return heardMs;
      },
      (ms) => ms < 90,
    );
  });
}

for (const kind of farKinds) {
  describe(`what a task says, over ${kind}`, () => {
    it('is heard while it holds its loop', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      let ended = false;
      const heard: boolean[] = [];
      const onReport = (): void => void heard.push(ended);
      await pool
        .with({ onReport })
        .run(reportAndSpin, 5)
        .then(() => (ended = true));
      await sleepFor(0);
      assert.equal(heard.length, 5);
      const at: number[] = [];
      await pool.with({ onReport: () => void at.push(performance.now()) }).run(reportAndSpin, 5);
      assert.ok((at.at(-1) ?? 0) - (at[0] ?? 0) > 100, `all five came within ${(at.at(-1) ?? 0) - (at[0] ?? 0)} ms`);
    });

    it('is not lost with its worker', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const got: unknown[] = [];
      await assert.rejects(async () => {
        for await (const value of pool.stream(yieldThenDie)) got.push(value);
      }, WorkerCrashedError);
      assert.deepEqual(got, [1, 2, 3, 4]);
    });
  });
}

it('values whose class is still to be loaded come before the crash behind them, and it is not tried again', async (t) => {
  const pool = makePool(t, { workers: 1, env: { LOADS_AT_ONCE: '1' }, allowModules: [lateClass] });
  const got: number[] = [];
  const runner = pool.with({ retry: { attempts: 3, backoff: { initialMs: 1 } } });
  await assert.rejects(async () => {
    for await (const value of runner.stream(yieldLoadedLate, lateClass)) got.push((value as { n: number }).n);
  }, WorkerCrashedError);
  assert.deepEqual(got, [11, 12]);
});

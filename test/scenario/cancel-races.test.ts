// Cancelling at any moment: as a task starts, as it ends, as its worker dies, as the next one takes its place. Seeded; a round that
// fails says its seed.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { TaskTimeoutError, WorkerCrashedError, type Pool, type WorkerKind } from '../../src/index.ts';
import { kinds, makePool, until, watch } from '../support/pools.ts';
import { random } from '../support/random.ts';
import { isWholeRun } from '../support/shares.ts';
import { increment, sleep } from '../tasks/basic.ts';
import { endsWithValue, heeds } from '../tasks/cancellable.ts';
import { exit } from '../tasks/deadly.ts';
import { failLater } from '../tasks/failing.ts';

watch(120_000);

/** A thousand together. */
const roundsOver: Record<WorkerKind, number> = { inline: 200, thread: 400, process: 400 };
/** A worker that dies takes long to replace. */
const crashShare = 0.04;

/** Passes some time: none, a microtask, a turn of the loop, or a few milliseconds. */
async function passTime(chance: () => number): Promise<void> {
  const which = Math.floor(chance() * 5);
  if (which === 1) await Promise.resolve();
  else if (which === 2) await new Promise((resolve) => setImmediate(resolve));
  else if (which > 2) await sleepFor(chance() * 4);
}

interface Raced {
  /** The task that is cancelled. */
  readonly task: Promise<unknown>;
  /** What it may come to where it is not cancelled in time. */
  isItsOwn(end: PromiseSettledResult<unknown>): boolean;
}

const isFulfilledWith =
  (value: unknown) =>
  (end: PromiseSettledResult<unknown>): boolean =>
    end.status === 'fulfilled' && end.value === value;
const isRejectedWith =
  (type: abstract new (...args: never[]) => Error) =>
  (end: PromiseSettledResult<unknown>): boolean =>
    end.status === 'rejected' && end.reason instanceof type;

/** Begins a task of some sort on a runner. */
function race(pool: Pool, signal: AbortSignal, chance: () => number, mayCrash: boolean): Raced {
  const runner = pool.with({ signal });
  if (mayCrash && chance() < crashShare)
    return { task: runner.run(exit, 1), isItsOwn: isRejectedWith(WorkerCrashedError) };
  switch (Math.floor(chance() * 7)) {
    case 0:
      return { task: runner.run(increment, 1), isItsOwn: isFulfilledWith(2) };
    case 1:
      return { task: runner.run(sleep, 2), isItsOwn: isFulfilledWith(2) };
    case 2:
      return { task: runner.run(heeds, 3), isItsOwn: isFulfilledWith(3) };
    case 3:
      return { task: runner.run(failLater, 'TypeError', 1), isItsOwn: isRejectedWith(TypeError) };
    case 4:
      return { task: runner.run(endsWithValue), isItsOwn: () => false };
    case 5: {
      const careful = runner.with({ timeoutMs: 2, retry: { on: ['timeout'], attempts: 2, backoff: { initialMs: 1 } } });
      return { task: careful.run(heeds, 1e6), isItsOwn: isRejectedWith(TaskTimeoutError) };
    }
    default:
      return {
        task: runner.with({ queueTimeoutMs: 1 }).run(sleep, 1),
        isItsOwn: (end) => isFulfilledWith(1)(end) || isRejectedWith(TaskTimeoutError)(end),
      };
  }
}

describe('cancelling, at any moment', () => {
  for (const kind of kinds) {
    const rounds = isWholeRun ? roundsOver[kind] : roundsOver[kind] / 4;
    it(`settles each task once, hurts no other, and leaves nothing behind, over ${kind}`, async (t) => {
      const mayCrash = kind !== 'inline';
      const pool = makePool(t, { kind, workers: 2, concurrency: 2, graceMs: 1_000 });
      const firstSeed = Date.now() % 1e9;
      let cancelled = 0;
      for (let round = 0; round < rounds; round++) {
        const seed = firstSeed + round;
        const chance = random(seed);
        const controller = new AbortController();
        const { signal } = controller;
        const raced = Array.from({ length: 1 + Math.floor(chance() * 3) }, () => race(pool, signal, chance, mayCrash));
        // May run again, for it may stand beside one that crashes.
        const hardy = pool.with({ retry: { on: ['crash'], attempts: 50, backoff: { initialMs: 0 } } });
        const neighbours = [hardy.run(increment, round), hardy.run(sleep, 1)];
        const settled = Promise.allSettled(raced.map(({ task }) => task));
        await passTime(chance);
        controller.abort(new Error(`round ${round}`));
        const next = hardy.run(increment, -round);
        const ends = await settled;
        for (const [at, end] of ends.entries()) {
          const isCancelled = end.status === 'rejected' && end.reason === signal.reason;
          if (isCancelled) cancelled++;
          const isBeside = mayCrash && isRejectedWith(WorkerCrashedError)(end);
          assert.ok(
            isCancelled || isBeside || raced[at]?.isItsOwn(end) === true,
            `seed ${seed}: ${end.status === 'fulfilled' ? String(end.value) : String(end.reason)}`,
          );
        }
        assert.deepEqual(await Promise.all([...neighbours, next]), [round + 1, 1, -round + 1], `seed ${seed}`);
        assert.equal(getEventListeners(signal, 'abort').length, 0, `seed ${seed}`);
      }
      assert.ok(cancelled > rounds / 4, `${cancelled} were cancelled`);
      await until(() => pool.stats().inFlight === 0 && pool.stats().queued === 0, 'nothing is left');
      const { submitted, fulfilled, failed } = pool.stats();
      assert.equal(submitted, fulfilled + failed);
    });
  }

  it('a thousand at once, of which each is somewhere else, leaves the slots free', async (t) => {
    for (const kind of kinds) {
      const pool = makePool(t, { kind, workers: 2, concurrency: 8 });
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal });
      const tasks = Array.from({ length: 1_000 }, (_, n) =>
        n % 3 === 0 ? runner.run(heeds, 1e6) : runner.run(increment, n),
      );
      const ends = Promise.allSettled(tasks);
      await until(() => pool.stats().inFlight === 16, 'the workers are full');
      controller.abort();
      for (const end of await ends) assert.ok(end.status === 'fulfilled' || end.reason === controller.signal.reason);
      assert.equal(pool.stats().inFlight, 0);
      assert.deepEqual(await pool.map(increment, [1, 2, 3]).toArray(), [2, 3, 4]);
    }
  });
});

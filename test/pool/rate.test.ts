import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Pace } from '../../src/pool/rate.ts';
import { random } from '../support/random.ts';

/** When tasks start that are all there from the beginning, where somebody looks at such times. */
function startsOf(pace: Pace, count: number, looks: Iterable<number>): number[] {
  const starts: number[] = [];
  for (const now of looks) {
    const allowed = Math.min(pace.allowance(now), count - starts.length);
    if (allowed > 0) pace.spend(allowed, now);
    for (let n = 0; n < allowed; n++) starts.push(now);
    if (starts.length === count) break;
  }
  return starts;
}

/** Late by chance, as timers are. */
function* lately(seed: number, mostLateMs: number): Generator<number> {
  const chance = random(seed);
  for (let now = 0; ; now += 1 + mostLateMs * chance()) yield now;
}

/** The most starts within any interval, wherever it begins. */
function mostWithin(starts: readonly number[], intervalMs: number): number {
  let most = 0;
  let first = 0;
  for (const [at, start] of starts.entries()) {
    while (start - (starts[first] ?? 0) >= intervalMs) first++;
    most = Math.max(most, at - first + 1);
  }
  return most;
}

describe('a pace', () => {
  for (const rate of [
    { limit: 1, intervalMs: 100 },
    { limit: 7, intervalMs: 50 },
    { limit: 100, intervalMs: 1_000 },
    { limit: 5_000, intervalMs: 1_000 },
    { limit: 3, intervalMs: 60_000 },
  ]) {
    const { limit, intervalMs } = rate;

    it(`never lets more than ${limit} start within any ${intervalMs} ms, however late it is asked`, () => {
      for (let seed = 1; seed <= 30; seed++) {
        const starts = startsOf(new Pace(rate), 4 * limit + 3, lately(seed, seed % 3 === 0 ? intervalMs : 3));
        assert.equal(starts.length, 4 * limit + 3);
        const most = mostWithin(starts, intervalMs);
        assert.ok(most <= limit, `${most} with seed ${seed}`);
      }
    });

    it(`keeps up with ${limit} in ${intervalMs} ms where it is asked in time`, () => {
      const count = 6 * limit;
      const starts = startsOf(new Pace(rate), count, lately(1, 0));
      const tookMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
      // A little slower, so that starts which are a little late further on are never too many.
      assert.ok(tookMs >= (count - limit) * (intervalMs / limit), `${tookMs} ms`);
      assert.ok(tookMs <= count * (intervalMs / limit) * 1.05 + 12 * 6, `${tookMs} ms`);
    });
  }

  it('spreads its starts, so that none come in a burst when an interval begins', () => {
    const starts = startsOf(new Pace({ limit: 100, intervalMs: 1_000 }), 300, lately(1, 0));
    for (let from = 0; from < 2_800; from += 50) {
      const count = starts.filter((start) => start >= from && start < from + 100).length;
      assert.ok(count >= 8 && count <= 12, `${count} from ${from} ms on`);
    }
  });

  it('does not save up what was not used', () => {
    const pace = new Pace({ limit: 100, intervalMs: 1_000 });
    const starts = startsOf(pace, 10, lately(1, 0));
    const idleUntil = (starts.at(-1) ?? 0) + 10_000;
    assert.equal(pace.allowance(idleUntil), 1);
  });

  it('says when the next may start', () => {
    const pace = new Pace({ limit: 10, intervalMs: 1_000 });
    let now = 5;
    for (let n = 0; n < 40; n++) {
      assert.ok(pace.allowance(now) >= 1, `${n} at ${now}`);
      pace.spend(1, now);
      const next = pace.nextMs();
      assert.equal(pace.allowance(next - 1), 0);
      now = next;
    }
  });
});

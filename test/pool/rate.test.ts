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

  for (const rate of [
    ...[1, 10, 100, 250, 300, 399, 400, 1_000, 3_000, 10_000].map((limit) => ({ limit, intervalMs: 1_000 })),
    { limit: 5, intervalMs: 50 },
    { limit: 1, intervalMs: 10 },
    { limit: 40, intervalMs: 100 },
    { limit: 1_000, intervalMs: 100 },
    { limit: 600, intervalMs: 60_000 },
  ]) {
    const { limit, intervalMs } = rate;

    it(`comes to 97 % of ${limit} in ${intervalMs} ms, though timers are late and starts are late in their workers, and never to more`, () => {
      const chance = random(limit + intervalMs);
      const pace = new Pace(rate);
      const starts: number[] = [];
      const unheard: { first: number; count: number; at: number; heardAt: number }[] = [];
      const untilMs = Math.max(4 * intervalMs, 5_000);
      for (let now = 0; now < untilMs;) {
        for (const given of unheard.splice(0)) {
          if (given.heardAt <= now) pace.began(given.first, given.count, given.at);
          else unheard.push(given);
        }
        const count = pace.allowance(now);
        if (count > 0) {
          const first = pace.spend(count, now);
          const at = now + 0.02 + 0.1 * chance();
          unheard.push({ first, count, at, heardAt: at + 0.1 });
          for (let n = 0; n < count; n++) starts.push(at);
        }
        const waitMs = pace.wakeMs() - now;
        now += pace.isFine ? Math.max(0.01, waitMs + 0.02 * chance()) : Math.max(1, Math.ceil(waitMs)) + 1.2 * chance();
      }
      const most = mostWithin(starts, intervalMs);
      assert.ok(most <= limit, `${most} within an interval`);
      const tookMs = (starts.at(-1) ?? 0) - (starts[0] ?? 0);
      const share = (starts.length - 1) / tookMs / (limit / intervalMs);
      assert.ok(share >= 0.97 && share <= 1, `${share}`);
    });
  }

  it('never lets more start within any interval, however late starts are in their workers', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const chance = random(seed);
      const limit = 1 + Math.floor(8 * chance());
      const intervalMs = 5 + Math.floor(60 * chance());
      const pace = new Pace({ limit, intervalMs });
      const starts: number[] = [];
      const unheard: { first: number; count: number; givenAt: number; at: number; heardAt: number }[] = [];
      for (let now = 0; now < 40 * intervalMs; now += 3 * chance()) {
        for (const given of unheard.splice(0)) {
          const { first, count, givenAt, at, heardAt } = given;
          if (heardAt <= now) pace.began(first, count, at);
          else {
            // It may begin just now, as far as is known here.
            if (now - givenAt >= pace.intervalMs) pace.began(first, count, now);
            unheard.push(given);
          }
        }
        const count = pace.allowance(now);
        if (count === 0) continue;
        const first = pace.spend(count, now);
        const at = now + (chance() < 0.2 ? 2 * intervalMs * chance() : chance());
        unheard.push({ first, count, givenAt: now, at, heardAt: at + 4 * chance() });
        for (let n = 0; n < count; n++) starts.push(at);
      }
      const most = mostWithin(
        starts.toSorted((one, other) => one - other),
        intervalMs,
      );
      assert.ok(most <= limit, `${most} of ${limit} within ${intervalMs} ms, with seed ${seed}`);
    }
  });

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

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Histogram } from '../../src/pool/histogram.ts';
import { random } from '../support/random.ts';

/** The time that such a part of them did not exceed. */
function exact(times: readonly number[], part: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
}

describe('a histogram', () => {
  it('is all zeros where nothing was recorded', () => {
    assert.deepEqual(new Histogram().quantiles(), { count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
  });

  it('has every quantile within a sixteenth, from microseconds to days', () => {
    const chance = random(7);
    for (const scale of [0.005, 0.02, 0.3, 7, 450, 60_000, 2e6, 2e8]) {
      const histogram = new Histogram();
      const times = Array.from({ length: 5_000 }, () => scale * chance() ** 3);
      for (const time of times) histogram.record(time);
      const quantiles = histogram.quantiles();
      assert.equal(quantiles.count, 5_000);
      assert.equal(quantiles.max, Math.max(...times));
      for (const [name, part] of [
        ['p50', 0.5],
        ['p95', 0.95],
        ['p99', 0.99],
      ] as const) {
        const right = exact(times, part);
        const off = Math.abs(quantiles[name] - right);
        assert.ok(off <= right / 16 + 0.0001, `${name} of times up to ${scale} ms is ${quantiles[name]}, not ${right}`);
      }
    }
  });

  it('counts many at once, and what cannot be', () => {
    const histogram = new Histogram();
    histogram.record(3, 99);
    histogram.record(-5);
    histogram.record(1e9, 900);
    const { count, p50, p95, max } = histogram.quantiles();
    assert.deepEqual({ count, max }, { count: 1_000, max: 1e9 });
    assert.ok(p50 > 2e8 && p95 > 2e8, 'what is too long to tell apart counts as the longest that is');
  });

  it('never says more than the longest', () => {
    const histogram = new Histogram();
    histogram.record(0.961, 10);
    assert.deepEqual(histogram.quantiles().p99, 0.961);
  });
});

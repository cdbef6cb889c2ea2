// How long things took: counts in buckets that grow with the time, so it is of one size whatever is recorded, and every
// quantile is right within a sixteenth. As in Gil Tene's HdrHistogram, with less range.

/** Durations in milliseconds. All are 0 where nothing was recorded. */
export interface Quantiles {
  /** How many were recorded. */
  readonly count: number;
  /** Half took no longer. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** The longest, exactly. */
  readonly max: number;
}

/** Buckets for each doubling: a power of two. */
const steps = 8;
const stepBits = 3;
const unitsPerMs = 10_000;
/** Whole numbers that the engine can count the bits of. */
const bits = 31;
/** What is longer than these can say is counted in units of so many doublings more. */
const coarser = 10;
/** The longest that is told apart: about 60 hours. What is longer counts as that, but for `max`. */
const most = 2 ** (bits + coarser) - 1;

export class Histogram {
  readonly #counts = new Float64Array((bits + coarser - stepBits + 1) * steps);
  #count = 0;
  #max = 0;

  record(ms: number, count = 1): void {
    // Clocks of two threads may differ a little.
    const units = ms > 0 ? Math.min(most, ms * unitsPerMs) : 0;
    const bucket = units < 2 ** bits ? bucketOf(units | 0) : bucketOf((units / 2 ** coarser) | 0) + coarser * steps;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#count += count;
    if (ms > this.#max) this.#max = ms;
  }

  quantiles(): Quantiles {
    return { count: this.#count, p50: this.#at(0.5), p95: this.#at(0.95), p99: this.#at(0.99), max: this.#max };
  }

  /** The time that such a part of all that was recorded did not exceed. */
  #at(part: number): number {
    let left = Math.ceil(part * this.#count);
    if (left === 0) return 0;
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0) return Math.min(this.#max, middleOf(bucket) / unitsPerMs);
    }
    return this.#max;
  }
}

/** The first buckets are one unit wide each; then each doubling has as many. */
function bucketOf(units: number): number {
  if (units < steps) return units;
  const doublings = 31 - Math.clz32(units) - stepBits;
  return (doublings << stepBits) + (units >>> doublings);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * steps) return bucket;
  const doublings = (bucket >>> stepBits) - 1;
  return (bucket - (doublings << stepBits) + 0.5) * 2 ** doublings;
}

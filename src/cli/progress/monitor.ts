// Looks at the workers once a second, for the job log and the report.
import type { Pool } from '../../index.ts';
import type { SampleEntry } from '../joblog/entries.ts';

const everyMs = 1_000;

export class Monitor {
  readonly #timer: NodeJS.Timeout;

  /** `beganMs`: from when times are counted, on the clock of `performance.now()`. */
  constructor(pool: Pool, beganMs: number, tell: (sample: SampleEntry) => void) {
    this.#timer = setInterval(() => {
      let sample: SampleEntry;
      try {
        sample = sampleOf(pool, beganMs);
      } catch {
        // One sample is missing.
        return;
      }
      tell(sample);
    }, everyMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function sampleOf(pool: Pool, beganMs: number): SampleEntry {
  const { queued, workers } = pool.stats();
  return {
    type: 'sample',
    at: Math.round(performance.now() - beganMs),
    queued,
    workers: workers.map(({ id, inFlight, utilization, lagMs, heldMs, rssBytes }) => [
      id,
      inFlight,
      Math.round(utilization * 1_000) / 1_000,
      Math.round(Math.max(lagMs, heldMs) * 10) / 10,
      rssBytes,
    ]),
  };
}

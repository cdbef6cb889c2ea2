// How this worker is, for its pool to see. To measure may fail: where file descriptors have run out, /proc is missing, or code
// of the user has replaced what is asked. Then the figure stays what it was, and nothing else is affected.
import type { EventLoopUtilization } from 'node:perf_hooks';

import { performance } from '../task/platform.ts';
import type { Pong } from '../wire/messages.ts';

export class OwnVitals {
  #before: EventLoopUtilization | undefined;
  #rssBytes = 0;
  #utilization = 0;

  take(): Pong {
    this.#rssBytes = Math.round(measured(() => process.memoryUsage.rss(), this.#rssBytes));
    this.#utilization = Math.min(
      1,
      measured(() => this.#takeUtilization(), this.#utilization),
    );
    return { type: 'pong', rssBytes: this.#rssBytes, utilization: this.#utilization };
  }

  #takeUtilization(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = this.#before === undefined ? now : performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    // Nothing can be said of no time at all.
    return Number.isNaN(utilization) ? 0 : Math.max(0, utilization);
  }
}

function measured(measure: () => number, otherwise: number): number {
  try {
    const value: unknown = measure();
    return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : otherwise;
  } catch {
    return otherwise;
  }
}

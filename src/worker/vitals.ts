// How this worker is, for its pool to see.
import { performance, type EventLoopUtilization } from 'node:perf_hooks';

import type { Pong } from '../wire/messages.ts';

export class OwnVitals {
  #before: EventLoopUtilization | undefined;

  take(): Pong {
    const now = performance.eventLoopUtilization();
    const { utilization } = this.#before === undefined ? now : performance.eventLoopUtilization(now, this.#before);
    this.#before = now;
    const share = Math.min(1, Math.max(0, utilization));
    // Nothing can be said of no time at all.
    return { type: 'pong', rssBytes: process.memoryUsage.rss(), utilization: Number.isNaN(share) ? 0 : share };
  }
}

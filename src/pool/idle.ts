// Workers beyond the least end when they have had nothing to do for a while. One timer for a pool, and only while there are such.
import { arrayToReversed } from '../task/arrays.ts';
import { clearInterval, performance, setInterval } from '../task/platform.ts';
import type { WorkerHost } from './worker-host.ts';
import type { Workers } from './workers.ts';

/** How often it is looked at, within the time after which one ends. */
const looks = 4;

export class Idle {
  readonly #workers: Workers;
  readonly #timeoutMs: number;
  readonly #since = new WeakMap<WorkerHost, { ended: number; sinceMs: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(workers: Workers, timeoutMs: number) {
    this.#workers = workers;
    this.#timeoutMs = timeoutMs;
  }

  /** A worker was started. */
  wake(): void {
    if (this.#timeoutMs === Infinity || this.#timer !== undefined || this.#excess <= 0) return;
    this.#timer = setInterval(() => this.#look(), Math.max(1, this.#timeoutMs / looks)).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** How many there are beyond the least. */
  get #excess(): number {
    return this.#workers.staying.length - this.#workers.range.min;
  }

  #look(): void {
    const now = performance.now();
    // The youngest first: they have least in their caches.
    for (const host of arrayToReversed(this.#workers.staying)) {
      if (this.#excess <= 0) break;
      if (this.#idleMs(host, now) >= this.#timeoutMs) host.retire();
    }
    if (this.#excess <= 0) this.stop();
  }

  /** Less than nothing where it has something to do. */
  #idleMs(host: WorkerHost, now: number): number {
    const { state, tasks, pinned } = host;
    const seen = this.#since.get(host);
    if (state === 'ready' && tasks.size === 0 && pinned.size === 0 && seen?.ended === tasks.meter.ended)
      return now - seen.sinceMs;
    this.#since.set(host, { ended: tasks.meter.ended, sinceMs: now });
    return -1;
  }
}

// How this worker is, for its pool to see. To measure may fail: where file descriptors have run out, /proc is missing, or code
// of the user has replaced what is asked. Then the figure stays what it was, and nothing else is affected.
import { clearInterval, performance, setInterval } from '../task/platform.ts';
import { longestMs } from '../wire/check.ts';
import type { Pong } from '../wire/messages.ts';

/** How often the loop is looked at, while the pool asks. What holds it for less is not seen by that. */
const lookEveryMs = 20;
/** A timer may be so late in a loop that nothing holds. */
const usuallyLateMs = 2;
/** A pool that has not asked for so long does not want to know. */
const forgottenMs = 3_000;

export class OwnVitals {
  #rssBytes = 0;
  /** Since this worker began. */
  #activeMs = 0;
  #idleMs = 0;
  /** How long the loop did not come back, at the most, since that was told. */
  #lagMs = 0;
  #dueAt = 0;
  #askedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#watchLoop();
  }

  take(): Pong {
    this.#rssBytes = Math.round(measured(() => process.memoryUsage.rss(), this.#rssBytes, Number.MAX_SAFE_INTEGER));
    const now = (this.#askedAt = performance.now());
    this.#takeTimes(now);
    if (this.#timer === undefined) this.#watchLoop();
    else this.#look(now);
    const lagMs = this.#lagMs;
    this.#lagMs = 0;
    return { type: 'pong', rssBytes: this.#rssBytes, activeMs: this.#activeMs, idleMs: this.#idleMs, lagMs };
  }

  /** What Node says of the time at work lacks what was before the loop began, but the idle time does not. */
  #takeTimes(now: number): void {
    this.#idleMs = measured(() => Math.min(now, performance.eventLoopUtilization().idle), this.#idleMs, longestMs);
    this.#activeMs = Math.max(0, now - this.#idleMs);
  }

  #watchLoop(): void {
    this.#dueAt = performance.now() + lookEveryMs;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#look(now);
      this.#dueAt = now + lookEveryMs;
      if (now - this.#askedAt < forgottenMs) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    }, lookEveryMs).unref();
  }

  /** The timer may be late already, and run only after the pool was answered. */
  #look(now: number): void {
    const lateMs = now - this.#dueAt;
    if (lateMs <= 0) return;
    if (lateMs > usuallyLateMs) this.#lagMs = Math.max(this.#lagMs, lateMs);
    this.#dueAt = now;
  }
}

function measured(measure: () => number, otherwise: number, most: number): number {
  try {
    const value: unknown = measure();
    return typeof value === 'number' && value >= 0 && value <= most ? value : otherwise;
  } catch {
    return otherwise;
  }
}

// How long a worker may take to end, and how long its output may take to be read. Each has the grace.
import { clearTimeout, setTimeout } from '../task/platform.ts';
import { longestLeaveMs } from '../transport/departure.ts';

export class Leaving {
  readonly #graceMs: number;
  readonly #kill: () => void;
  /** It was asked to end. */
  #stopping: NodeJS.Timeout | undefined;
  /** An uncaught exception is about to end it. */
  #dying: NodeJS.Timeout | undefined;
  /** What it has printed waits for a reader. */
  #printing: NodeJS.Timeout | undefined;

  /** `kill` ends the worker at once. */
  constructor(graceMs: number, kill: () => void) {
    this.#graceMs = graceMs;
    this.#kill = kill;
  }

  /** It was asked to tear down and end. `kill`: what to do where it does not, after so long. */
  stopping(kill: (graceMs: number) => void): void {
    const graceMs = this.#graceMs;
    if (graceMs !== Infinity) this.#stopping = setTimeout(() => kill(graceMs), graceMs).unref();
  }

  /** It has said that it is dying. What it has printed goes out first. */
  dying(): void {
    this.#dying ??= setTimeout(this.#kill, this.#limitMs).unref();
  }

  /** The exception was caught after all. */
  livesOn(): void {
    if (this.#dying === undefined) return;
    clearTimeout(this.#dying);
    this.#dying = undefined;
  }

  /** Output that waits keeps the program alive, as long as its reader takes something of it now and then. */
  printing(isBehind: boolean): void {
    clearTimeout(this.#printing);
    if (isBehind) this.#printing = setTimeout(() => {}, this.#limitMs);
  }

  /** The worker is gone. */
  over(): void {
    for (const timer of [this.#stopping, this.#dying, this.#printing]) clearTimeout(timer);
  }

  get #limitMs(): number {
    return Math.min(this.#graceMs, longestLeaveMs);
  }
}

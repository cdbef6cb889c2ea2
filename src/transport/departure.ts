// A worker that must go: it said what is no message, or it lives on without a way to be heard. Its pool would wait for ever.
import { clearTimeout, setTimeout } from '../task/platform.ts';

/** At the most, where there is no end to the grace. */
export const longestLeaveMs = 60_000;

/** The timers that a departure uses; a test passes its own. */
interface Clock {
  readonly setTimeout: typeof setTimeout;
  readonly clearTimeout: typeof clearTimeout;
}

export class Departure {
  /** What made it go, if that was not its own doing. */
  error: unknown;
  readonly #kill: () => void;
  readonly #leaveMs: number;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** A worker that ends closes its channels before it is gone, and may have much to do in between; so it has the grace to leave. */
  constructor(kill: () => void, graceMs: number, clock: Clock = { setTimeout, clearTimeout }) {
    this.#kill = kill;
    this.#clock = clock;
    this.#leaveMs = Math.min(graceMs, longestLeaveMs);
  }

  /** Ends it now. */
  end(error: unknown): void {
    this.error ??= error;
    this.#kill();
  }

  /** It ought to be gone soon, because of this. If it is not it is ended, and that is why. */
  expect(why: string): void {
    if (this.#isOver) return;
    this.#timer ??= this.#clock
      .setTimeout(() => {
        this.end(new Error(`${why} while it was running; only polyloop may use that`));
      }, this.#leaveMs)
      .unref();
  }

  /** It is gone. */
  over(): void {
    this.#isOver = true;
    this.#clock.clearTimeout(this.#timer);
  }
}

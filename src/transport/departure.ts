// A worker that must go: it said what is no message, or it lives on without a way to be heard. Its pool would wait for ever.

/** A worker that ends closes its channels a moment before it is gone, so what closes them is not blamed at once. */
const leaveMs = 500;

export class Departure {
  /** What made it go, if that was not its own doing. */
  error: unknown;
  readonly #kill: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(kill: () => void) {
    this.#kill = kill;
  }

  /** Ends it now. */
  end(error: unknown): void {
    this.error ??= error;
    this.#kill();
  }

  /** It ought to be gone soon, because of this. If it is not it is ended, and that is why. */
  expect(why: string): void {
    if (this.#isOver) return;
    this.#timer ??= setTimeout(() => {
      this.end(new Error(`${why} while it was running; only polyloop may use that`));
    }, leaveMs).unref();
  }

  /** It is gone. */
  over(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}

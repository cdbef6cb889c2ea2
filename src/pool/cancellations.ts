// Running tasks that were told to end. Each has the grace to do so by itself.
import type { Submission } from '../task/submission.ts';

export class Cancellations {
  readonly #graceMs: number;
  readonly #onOverdue: (submission: Submission) => void;
  /** With the time by which they should have ended; in the order of these, for all have the same grace. */
  readonly #deadlines = new Map<Submission, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(graceMs: number, onOverdue: (submission: Submission) => void) {
    this.#graceMs = graceMs;
    this.#onOverdue = onOverdue;
  }

  add(submission: Submission): void {
    this.#deadlines.set(submission, performance.now() + this.#graceMs);
    if (this.#graceMs === Infinity) return;
    this.#timer ??= setTimeout(() => this.#check(), this.#graceMs).unref();
  }

  /** All its tasks have ended. */
  forget(submission: Submission): void {
    if (!this.#deadlines.delete(submission) || this.#deadlines.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** None is waited for any more. */
  clear(): void {
    this.#deadlines.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    // Those that were split are over without anybody saying so.
    for (const submission of this.#deadlines.keys()) if (submission.left === 0) this.#deadlines.delete(submission);
    // Overdue ones stay until their worker is gone, but are told of once.
    for (const [submission, deadline] of [...this.#deadlines]) {
      if (deadline > now + 1) {
        this.#timer = setTimeout(() => this.#check(), deadline - now).unref();
        return;
      }
      this.#onOverdue(submission);
    }
  }
}

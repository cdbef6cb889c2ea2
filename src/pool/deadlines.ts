// When something must be done about a task: its time in the queue is up, or its time to run, or the wait before its next
// attempt, or the grace after it was told to end. Which of these it is follows from its state, so each task has one such
// time at the most, and all of them have one timer. A heap in which each knows its place, so that any can be taken out.
import { longestMs } from '../runner/check-options.ts';
import type { Submission } from '../task/submission.ts';

/** A timer that rings so late says that our own loop was held; then what came meanwhile is given as long to be heard, up to a limit. */
const heldMs = 50;
const longestExtraMs = 1_000;

export class Deadlines {
  readonly #onDue: (submission: Submission) => void;
  readonly #heap: Submission[] = [];
  #timer: NodeJS.Timeout | undefined;
  #wakeMs = Infinity;

  constructor(onDue: (submission: Submission) => void) {
    this.#onDue = onDue;
  }

  /** It waits in the queue, from now on. */
  queued(submission: Submission): void {
    if (submission.options.queueTimeoutMs === undefined) return;
    submission.queuedAt = performance.now();
    this.queuedAgain(submission);
  }

  /** A worker had it and has not started it, so it has waited in the queue all the time. */
  queuedAgain(submission: Submission): void {
    const { queueTimeoutMs = Infinity } = submission.options;
    this.set(submission, submission.queuedAt + queueTimeoutMs);
  }

  /** A worker has it. When it starts is not known, but not before now. */
  given(submission: Submission): void {
    const { timeoutMs } = submission.options;
    if (timeoutMs === undefined) this.clear(submission);
    else this.set(submission, performance.now() + timeoutMs);
  }

  /** Calls back at that time, on the clock of `performance.now()`, unless it is changed or cleared before. */
  set(submission: Submission, dueMs: number): void {
    if (dueMs === Infinity) {
      this.clear(submission);
      return;
    }
    submission.dueMs = dueMs;
    if (submission.duePlace < 0) submission.duePlace = this.#heap.push(submission) - 1;
    this.#settle(submission);
    if (dueMs < this.#wakeMs) this.#wakeAt(dueMs);
  }

  clear(submission: Submission): void {
    const place = submission.duePlace;
    if (place < 0) return;
    submission.duePlace = -1;
    submission.dueMs = Infinity;
    const last = this.#heap.pop();
    if (last === undefined || last === submission) return;
    this.#heap[place] = last;
    last.duePlace = place;
    this.#settle(last);
  }

  /** Forgets all. */
  stop(): void {
    for (const submission of this.#heap.splice(0)) submission.duePlace = -1;
    clearTimeout(this.#timer);
    this.#wakeMs = Infinity;
  }

  *[Symbol.iterator](): Generator<Submission> {
    yield* this.#heap;
  }

  #wakeAt(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#wakeMs = dueMs;
    const waitMs = Math.min(longestMs, Math.max(1, dueMs - performance.now()));
    this.#timer = setTimeout(() => this.#hearFirst(dueMs), waitMs).unref();
  }

  /** If our own loop was held, what ended in time may not have been heard yet; a large message may take many turns. So all that has come is heard first. */
  #hearFirst(dueMs: number): void {
    const lateMs = performance.now() - dueMs;
    if (lateMs < heldMs) setImmediate(() => this.#ring());
    else this.#timer = setTimeout(() => this.#ring(), Math.min(lateMs, longestExtraMs)).unref();
  }

  #ring(): void {
    this.#wakeMs = Infinity;
    const now = performance.now();
    for (let first = this.#heap[0]; first !== undefined && first.dueMs <= now; first = this.#heap[0]) {
      this.clear(first);
      this.#onDue(first);
    }
    const [next] = this.#heap;
    if (next !== undefined && next.dueMs < this.#wakeMs) this.#wakeAt(next.dueMs);
  }

  /** Moves it up or down to where it belongs. */
  #settle(submission: Submission): void {
    const heap = this.#heap;
    let place = submission.duePlace;
    for (let above = (place - 1) >> 1; place > 0; place = above, above = (place - 1) >> 1) {
      const parent = heap[above];
      if (parent === undefined || parent.dueMs <= submission.dueMs) break;
      heap[place] = parent;
      parent.duePlace = place;
    }
    for (;;) {
      let below = 2 * place + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (left !== undefined && right !== undefined && right.dueMs < left.dueMs) below++;
      const child = heap[below];
      if (child === undefined || child === submission || child.dueMs >= submission.dueMs) break;
      heap[place] = child;
      child.duePlace = place;
      place = below;
    }
    heap[place] = submission;
    submission.duePlace = place;
  }
}

// When something must be done about a task: its time in the queue is up, or its time to run, or the wait before its next
// attempt, or the grace after it was told to end. Which of these it is follows from its state, so each task has one such
// time at the most, and all of them have one timer. A heap in which each knows its place, so that any can be taken out.
import { longestMs } from '../runner/check-options.ts';
import { arrayPop, arrayPush, arraySplice } from '../task/arrays.ts';
import { clearTimeout, performance, setImmediate, setTimeout } from '../task/platform.ts';
import type { Due, Submission } from '../task/submission.ts';

/** A timer that rings so late says that our own loop was held; then what came meanwhile is given as long to be heard, up to a limit. */
const heldMs = 50;
const longestExtraMs = 1_000;

export class Deadlines {
  readonly #onDue: (submission: Submission) => void;
  readonly #heap: Due[] = [];
  #timer: NodeJS.Timeout | undefined;
  #wakeMs = Infinity;

  constructor(onDue: (submission: Submission) => void) {
    this.#onDue = onDue;
  }

  /** It waits in the queue, from now on. */
  queued(submission: Submission): void {
    if (submission.options.queueTimeoutMs === undefined) return;
    dueOf(submission).queuedAtMs = performance.now();
    this.queuedAgain(submission);
  }

  /** A worker had it and has not started it, so it has waited in the queue all the time. */
  queuedAgain(submission: Submission): void {
    const { queueTimeoutMs } = submission.options;
    if (queueTimeoutMs === undefined) this.clear(submission);
    else this.set(submission, dueOf(submission).queuedAtMs + queueTimeoutMs);
  }

  /** A worker has it. When it starts is not known, but not before now. */
  given(submission: Submission): void {
    const { timeoutMs } = submission.options;
    if (timeoutMs === undefined) this.clear(submission);
    else this.set(submission, performance.now() + timeoutMs);
  }

  /** A worker has it. Until it starts it still waits, so the time to wait counts too. */
  givenAndWaits(submission: Submission): void {
    const { timeoutMs = Infinity, queueTimeoutMs } = submission.options;
    if (queueTimeoutMs === undefined) this.given(submission);
    else this.set(submission, Math.min(performance.now() + timeoutMs, dueOf(submission).queuedAtMs + queueTimeoutMs));
  }

  /** Calls back at that time, on the clock of `performance.now()`, unless it is changed or cleared before. */
  set(submission: Submission, atMs: number): void {
    if (atMs === Infinity) {
      this.clear(submission);
      return;
    }
    const due = dueOf(submission);
    due.atMs = atMs;
    if (due.place < 0) due.place = arrayPush(this.#heap, due) - 1;
    this.#settle(due);
    if (atMs < this.#wakeMs) this.#wakeAt(atMs);
  }

  clear({ due }: Submission): void {
    if (due === undefined || due.place < 0) return;
    const { place } = due;
    due.place = -1;
    const last = arrayPop(this.#heap);
    if (last === undefined || last === due) return;
    this.#heap[place] = last;
    last.place = place;
    this.#settle(last);
  }

  /** Forgets all. */
  stop(): void {
    for (const due of arraySplice(this.#heap, 0)) due.place = -1;
    clearTimeout(this.#timer);
    this.#wakeMs = Infinity;
  }

  /** Those about which something must be done at some time. */
  *[Symbol.iterator](): Generator<Due> {
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
    // Each of those that are in it is due once at the most, whatever time is set for it anew.
    let most = this.#heap.length;
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= now && most > 0; first = this.#heap[0]) {
      most--;
      this.clear(first.submission);
      this.#onDue(first.submission);
    }
    const [next] = this.#heap;
    if (next !== undefined && next.atMs < this.#wakeMs) this.#wakeAt(next.atMs);
  }

  /** Moves it up or down to where it belongs. */
  #settle(due: Due): void {
    const heap = this.#heap;
    let place = due.place;
    for (let above = (place - 1) >> 1; place > 0; place = above, above = (place - 1) >> 1) {
      const parent = heap[above];
      if (parent === undefined || parent.atMs <= due.atMs) break;
      heap[place] = parent;
      parent.place = place;
    }
    for (;;) {
      let below = 2 * place + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (left !== undefined && right !== undefined && right.atMs < left.atMs) below++;
      const child = heap[below];
      if (child === undefined || child === due || child.atMs >= due.atMs) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = due;
    due.place = place;
  }
}

function dueOf(submission: Submission): Due {
  return (submission.due ??= { submission, atMs: Infinity, place: -1, queuedAtMs: 0 });
}

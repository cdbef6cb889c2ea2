// The tasks that no worker has yet. First come, first served; but each function has a lane of its own, so that one which
// no worker may be given now does not hold up the others.
import { Fifo } from '../runner/fifo.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';

export interface Lane {
  readonly fn: FunctionReference;
  /** Holds settled submissions too, where they were cancelled in it; `size` counts the tasks of the others. */
  readonly submissions: Fifo<Submission>;
  size: number;
}

export class Queue {
  readonly #lanes = new Map<FunctionReference, Lane>();
  #last: Lane | undefined;
  #size = 0;

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  push(submission: Submission): void {
    this.#laneOf(submission).submissions.push(submission);
  }

  /** Puts tasks in front of all others of their function. */
  putBack(submission: Submission): void {
    this.#laneOf(submission).submissions.unshift(submission);
  }

  /** A submission that is settled waits no more. */
  forget(submission: Submission): void {
    const lane = this.#lanes.get(submission.fn);
    if (lane === undefined) return;
    lane.size -= submission.count;
    this.#size -= submission.count;
    if (lane.size === 0) this.#drop(lane);
  }

  /** What waits, function by function. */
  *[Symbol.iterator](): Generator<Submission> {
    for (const { submissions } of this.#lanes.values()) {
      for (const submission of submissions) if (submission.state === 'queued') yield submission;
    }
  }

  /** Takes everything out, in order, to be settled; of one function, where it is named. */
  drain(fn?: FunctionReference): Submission[] {
    const all: Submission[] = [];
    for (const lane of this.#lanes.values()) {
      if (fn !== undefined && lane.fn !== fn) continue;
      for (const submission of lane.submissions.drain()) {
        if (submission.state !== 'queued') continue;
        // What the settling of one leads to may be that others are cancelled; they must not seem to wait here still.
        submission.state = 'settled';
        all.push(submission);
      }
      this.#size -= lane.size;
      this.#drop(lane);
    }
    return all.toSorted((one, other) => one.id - other.id);
  }

  /**
   * The lane, but for those that were passed over, whose first task has waited longest; and how many tasks may be taken
   * from it before that of another lane has waited longer.
   */
  oldest(passedOver: readonly Lane[]): { lane: Lane; count: number } | undefined {
    let oldest: Lane | undefined;
    let first = Infinity;
    let second = Infinity;
    for (const lane of this.#lanes.values()) {
      const id = passedOver.includes(lane) ? Infinity : (head(lane)?.id ?? Infinity);
      if (id < first) [oldest, first, second] = [lane, id, first];
      else if (id < second) second = id;
    }
    return oldest === undefined ? undefined : { lane: oldest, count: Math.min(oldest.size, second - first) };
  }

  /** Takes tasks from the front of a lane, as one submission: so many, or as many of them as were submitted at once. */
  take(lane: Lane, most: number): Submission | undefined {
    const submission = head(lane);
    if (submission === undefined) return undefined;
    lane.submissions.shift();
    if (submission.count > most) lane.submissions.unshift(submission.splitOff(most));
    lane.size -= submission.count;
    this.#size -= submission.count;
    if (lane.size === 0 && this.#lanes.size > 1) this.#drop(lane);
    return submission;
  }

  #drop(lane: Lane): void {
    this.#lanes.delete(lane.fn);
    if (this.#last === lane) this.#last = undefined;
  }

  #laneOf({ fn, count }: Submission): Lane {
    let lane = this.#last;
    if (lane?.fn !== fn) {
      lane = this.#lanes.get(fn);
      if (lane === undefined) this.#lanes.set(fn, (lane = { fn, submissions: new Fifo(), size: 0 }));
      this.#last = lane;
    }
    lane.size += count;
    this.#size += count;
    return lane;
  }
}

function head(lane: Lane): Submission | undefined {
  let submission = lane.submissions.peek();
  while (submission !== undefined && submission.state !== 'queued') {
    lane.submissions.shift();
    submission = lane.submissions.peek();
  }
  return submission;
}

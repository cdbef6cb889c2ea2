// The tasks that no worker has yet. The higher priority first, and within it first come, first served; but each function has
// lanes of its own, so that one which no worker may be given now does not hold up the others. Nothing waits for ever: after so
// many tasks of higher priority the one that has waited longest is next, whatever its priority.
import { Fifo } from '../runner/fifo.ts';
import { arrayFind, arrayIncludes, arrayIndexOf, arraySlice, arraySplice, arrayToSorted } from '../task/arrays.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';

/** So many tasks of higher priority may pass one that came before them. */
export const patience = 16;

export interface Lane {
  readonly fn: FunctionReference;
  readonly priority: number;
  /** Holds settled submissions too, where they were cancelled in it; `size` counts the tasks of the others. */
  readonly submissions: Fifo<Submission>;
  size: number;
}

export class Queue {
  readonly #lanes: Lane[] = [];
  #last: Lane | undefined;
  /** How many tasks have passed the one that has waited longest, and the lane of that; undefined where it is its turn anyway. */
  #passed = 0;
  #passedLane: Lane | undefined;
  #size = 0;

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  /** How many tasks wait of a function, lane by lane. */
  *sizes(): Generator<readonly [FunctionReference, number]> {
    for (const { fn, size } of this.#lanes) yield [fn, size];
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
    const lane = this.#find(submission);
    if (lane === undefined) return;
    lane.size -= submission.count;
    this.#size -= submission.count;
    if (lane.size === 0) this.#drop(lane);
  }

  /** What waits, function by function. */
  *[Symbol.iterator](): Generator<Submission> {
    for (const { submissions } of this.#lanes) {
      for (const submission of submissions) if (submission.state === 'queued') yield submission;
    }
  }

  /** Takes everything out, in order, to be settled; of one function, where it is named. */
  drain(fn?: FunctionReference): Submission[] {
    const all = this.takeAll(fn);
    // What the settling of one leads to may be that others are cancelled; they must not seem to wait here still.
    for (const submission of all) submission.state = 'settled';
    return all;
  }

  /** Takes everything out, in order; of one function, where it is named. */
  takeAll(fn?: FunctionReference): Submission[] {
    const all: Submission[] = [];
    for (const lane of arraySlice(this.#lanes)) {
      if (fn !== undefined && lane.fn !== fn) continue;
      for (const submission of lane.submissions.drain())
        if (submission.state === 'queued') all[all.length] = submission;
      this.#size -= lane.size;
      this.#drop(lane);
    }
    return arrayToSorted(all, (one, other) => one.id - other.id);
  }

  /** What is taken next. */
  get next(): Submission | undefined {
    const next = this.#size === 0 ? undefined : this.oldest();
    return next && head(next.lane);
  }

  /**
   * The lane, but for those that were passed over, of the highest priority, and among these the one whose first task has waited longest; and
   * how many tasks may be taken from it before it is the turn of another.
   */
  oldest(passedOver?: readonly Lane[]): { lane: Lane; count: number } | undefined {
    let next: Lane | undefined;
    let eldest: Lane | undefined;
    let eldestId = Infinity;
    /** Of those with the priority of `next`. */
    let first = Infinity;
    let second = Infinity;
    for (const lane of this.#lanes) {
      const id = passedOver !== undefined && arrayIncludes(passedOver, lane) ? undefined : head(lane)?.id;
      if (id === undefined) continue;
      if (id < eldestId) {
        eldest = lane;
        eldestId = id;
      }
      if (next !== undefined && lane.priority < next.priority) continue;
      if (next === undefined || lane.priority > next.priority || id < first) {
        second = lane.priority === next?.priority ? first : Infinity;
        next = lane;
        first = id;
      } else if (id < second) second = id;
    }
    if (next === undefined || eldest === undefined) return undefined;
    const count = second === Infinity ? next.size : Math.min(next.size, second - first);
    if (eldest.priority === next.priority) {
      this.#passedLane = undefined;
      return { lane: next, count };
    }
    this.#passedLane = eldest;
    return this.#passed < patience
      ? { lane: next, count: Math.min(count, patience - this.#passed) }
      : { lane: eldest, count: 1 };
  }

  /** Takes tasks from the front of a lane, as one submission: so many, or as many of them as were submitted at once. */
  take(lane: Lane, most: number): Submission | undefined {
    const submission = head(lane);
    if (submission === undefined) return undefined;
    lane.submissions.shift();
    if (submission.count > most) lane.submissions.unshift(submission.splitOff(most));
    lane.size -= submission.count;
    this.#size -= submission.count;
    if (this.#passedLane === lane) this.#passed = 0;
    else if (this.#passedLane !== undefined) this.#passed += submission.count;
    if (lane.size === 0 && this.#lanes.length > 1) this.#drop(lane);
    return submission;
  }

  #drop(lane: Lane): void {
    arraySplice(this.#lanes, arrayIndexOf(this.#lanes, lane), 1);
    if (this.#last === lane) this.#last = undefined;
  }

  #find({ fn, options: { priority = 0 } }: Submission): Lane | undefined {
    const last = this.#last;
    if (last !== undefined && last.fn === fn && last.priority === priority) return last;
    return arrayFind(this.#lanes, (lane) => lane.fn === fn && lane.priority === priority);
  }

  #laneOf(submission: Submission): Lane {
    const { fn, count, options } = submission;
    let lane = this.#find(submission);
    if (lane === undefined) {
      lane = { fn, priority: options.priority ?? 0, submissions: new Fifo(), size: 0 };
      this.#lanes[this.#lanes.length] = lane;
    }
    this.#last = lane;
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

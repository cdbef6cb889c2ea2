// The one primitive that everything in this folder is written on: submit tasks, get their outcomes.
import type { Crossing, Submission, TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';

/** What goes on submitting tasks for a while, and must know when none is accepted any more. */
export interface Refusable {
  /** No task is accepted any more, for this reason. Called once at the most, in a turn of its own. */
  refuse(reason: unknown): void;
}

export interface Refusables {
  add(who: Refusable): void;
  delete(who: Refusable): void;
}

export interface Submitter {
  readonly crossing: Crossing;
  /** Accepts a submission; each of its tasks is settled once, whatever happens, also when it is refused. */
  submit(submission: Submission): void;
  /** The options of one call, with what comes along from where it is made. Throws what that throws. */
  carry(options: TaskOptions): TaskOptions;
  /** Asks that its tasks end. Queued ones are settled with the reason and never run; running ones are told, and settle when they have ended. */
  cancel(submission: Submission, reason: unknown): void;
  /** The reader of a task that yields has taken so many of its values: it may yield as many more. */
  more(submission: Submission, count: number): void;
  /** How many more tasks may wait. */
  queueRoom(): number;
  /** Resolves when one more call would be accepted, which must then be made at once. Rejects where none ever will. */
  room(): Promise<void>;
  /** Why no task is accepted now; undefined where tasks are accepted. */
  refusal(): unknown;
  /** What is told when no task is accepted any more. */
  readonly refusables: Refusables;
  /** How many items of a map of this function may be under way where its caller does not say: enough to keep everything busy. */
  windowFor(fn: FunctionReference): number;
}

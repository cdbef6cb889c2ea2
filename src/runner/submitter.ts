// The one primitive that everything in this folder is written on: submit tasks, get their outcomes.
import type { Submission, TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';

export interface Submitter {
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
  /** How many items of a map of this function may be under way where its caller does not say: enough to keep everything busy. */
  windowFor(fn: FunctionReference): number;
}

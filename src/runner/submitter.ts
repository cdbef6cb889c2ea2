// The one primitive that everything in this folder is written on: submit a task, get its outcome.
import type { Task } from '../task/task.ts';

export interface Submitter {
  /** Accepts a task; its `settle` is called once, whatever happens, also when it is refused. */
  submit(task: Task): void;
  /** Asks that a task ends. A queued one is settled with the reason and never runs; a running one is told, and settles when it has ended. */
  cancel(task: Task, reason: unknown): void;
  /** How many items a map may have under way where its caller does not say: enough to keep everything busy. */
  readonly defaultWindow: number;
}

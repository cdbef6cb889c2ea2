// What happens to the tasks that a worker was given.
import type { Submission } from '../task/submission.ts';
import type { TaskOf } from './begun.ts';
import type { SpeechEvents } from './speech.ts';

export interface InFlightEvents extends SpeechEvents {
  /** Tasks of a submission have fulfilled, from `at` on, with the values from `from` to before `to`. */
  onFulfilled(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void;
  /** A task has ended in whatever way, and this is how the worker says it; still encoded, or what kept it from being decoded. */
  onEnd(task: TaskOf, kind: number, body: unknown, payloadError: unknown): void;
  /** A task has failed without having been started. `isLoadFailure`: for its function could not be loaded. */
  onFailed(task: TaskOf, reason: unknown, isLoadFailure: boolean): void;
  /** A task was started and has ended: how long it ran, by the clock of its worker. Before the outcome itself. */
  onRan(submission: Submission, ranMs: number, wasTold: boolean): void;
  /** A task was not started, for it came to that too late. */
  onTooLate(submission: Submission): void;
  /** Tasks that were given and that the worker has not started are to be given to another. */
  onGivenBack(submissions: readonly Submission[]): void;
}

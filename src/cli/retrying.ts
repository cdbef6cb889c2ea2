// Which failures are tried again, and how often. An input is not to lose a try by what others do.
import { TaskTimeoutError, WorkerCrashedError, type Backoff, type RetryOptions } from '../index.ts';
import { isCallFailure } from './ended.ts';

/** So often an input may lose its worker to others, in addition to its own tries. */
const mostForOthers = 20;

/** `retries`: how often an input that fails is tried again. */
export function retryOptions(retries: number, backoff: Partial<Backoff> | undefined): RetryOptions {
  const failures = new Failures();
  return {
    attempts: retries + 1 + mostForOthers,
    on: (reason: unknown) => {
      if (isCallFailure(reason)) return !reason.isFinal && failures.note(reason.taskId) <= retries;
      if (reason instanceof TaskTimeoutError) return failures.note(reason.taskId) <= retries;
      if (!(reason instanceof WorkerCrashedError)) return false;
      // Its worker was ended for another, which is known.
      if (reason.causedBy !== undefined) return true;
      return failures.noteDeath(reason) <= retries;
    },
    ...(backoff !== undefined && { backoff }),
  };
}

/** More than these are never about to run again at once. */
const mostKept = 100_000;

/** How often tasks have failed by their own doing. Who of several killed a worker shows when each runs alone. */
class Failures {
  readonly #counts = new Map<number, number>();
  #lastDeath: number | undefined;

  note(taskId: number): number {
    const count = (this.#counts.get(taskId) ?? 0) + 1;
    this.#counts.delete(taskId);
    this.#counts.set(taskId, count);
    // The one that has not failed for longest is at an end.
    if (this.#counts.size > mostKept) this.#counts.delete(this.#counts.keys().next().value as number);
    return count;
  }

  /** Is asked once for each task that was there. Of these, the least that may be so of the one that asks. */
  noteDeath({ workerId, taskIds }: WorkerCrashedError): number {
    if (this.#lastDeath !== workerId) for (const id of taskIds) this.note(id);
    this.#lastDeath = workerId;
    return Math.min(...taskIds.map((id) => this.#counts.get(id) ?? 1));
  }
}

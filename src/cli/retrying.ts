// Which failures are tried again, and how often. An input is not to lose a try by what others do.
import { TaskTimeoutError, WorkerCrashedError, type Backoff, type RetryOptions } from '../index.ts';
import { isCallFailure } from './ended.ts';

/** So often an input may lose its worker to others, in addition to its own tries. */
const mostForOthers = 20;

/** `retries`: how often an input that fails is tried again. */
export function retryOptions(retries: number, backoff: Partial<Backoff> | undefined): RetryOptions {
  const deaths = new Deaths();
  return {
    attempts: retries + 1 + mostForOthers,
    on: (reason: unknown) => {
      if (isCallFailure(reason)) return !reason.isFinal && reason.times.attempts <= retries;
      if (reason instanceof TaskTimeoutError) return reason.attempt <= retries;
      if (!(reason instanceof WorkerCrashedError)) return false;
      // Its worker was ended for another, which is known.
      if (reason.causedBy !== undefined) return true;
      return deaths.note(reason) <= retries;
    },
    ...(backoff !== undefined && { backoff }),
  };
}

/** How often tasks were there when their worker died. Who of several did it shows when each runs alone. */
class Deaths {
  readonly #counts = new Map<number, number>();
  readonly #workers = new Set<number>();

  /** So often, at least, the task whose crash this is has been there. */
  note({ workerId, taskIds }: WorkerCrashedError): number {
    if (!this.#workers.has(workerId)) {
      this.#workers.add(workerId);
      for (const id of taskIds) this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    }
    return Math.min(...taskIds.map((id) => this.#counts.get(id) ?? 1));
  }
}

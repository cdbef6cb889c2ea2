// What a pool looks like at one moment.
import type { WorkerKind } from '../task/context.ts';
import type { HostState } from './worker-host.ts';

/** `open`: takes tasks. `closing`: takes none, and finishes what it has. `closed`: its workers are gone. */
export type PoolState = 'open' | 'closing' | 'closed';

/** Tasks of one function that a worker has started and not ended. */
export interface RunningTasks {
  /** The module of the function. */
  readonly url: string;
  readonly name: string;
  readonly taskIds: readonly number[];
}

/** One worker of a pool, as {@link PoolStats} has it. */
export interface WorkerStats {
  readonly id: number;
  /** Undefined where its process could not be started. */
  readonly pid: number | undefined;
  readonly state: HostState;
  /** It is beside the others, for tasks that may have killed a worker: one at a time. */
  readonly isQuarantine: boolean;
  /** Tasks given to it that have not ended. */
  readonly inFlight: number;
  /** Tasks that have ended in it. */
  readonly ended: number;
  /** How long its loop has been held, in milliseconds, where that is longer than `unresponsiveMs`; otherwise 0. */
  readonly heldMs: number;
  /** What it is running, where its loop is held so long; otherwise empty. */
  readonly running: readonly RunningTasks[];
}

/** What a pool looks like at one moment: {@link Pool.stats}. */
export interface PoolStats {
  readonly name: string;
  readonly kind: WorkerKind;
  readonly state: PoolState;
  /** Tasks that wait for a worker. */
  readonly queued: number;
  /** Tasks that failed, and wait for their next attempt. */
  readonly backingOff: number;
  /** Tasks that a worker has. */
  readonly inFlight: number;
  /** Tasks accepted so far; each is queued, backing off, in flight, fulfilled or failed. */
  readonly submitted: number;
  readonly fulfilled: number;
  readonly failed: number;
  /** Attempts beyond the first of each task. */
  readonly retried: number;
  /** Workers that live, in the order in which they were started. */
  readonly workers: readonly WorkerStats[];
}

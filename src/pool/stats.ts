// What a pool looks like at one moment.
import type { WorkerKind } from '../task/context.ts';
import type { HostState } from './worker-host.ts';

export type PoolState = 'open' | 'closing' | 'closed';

export interface WorkerStats {
  readonly id: number;
  /** Undefined where its process could not be started. */
  readonly pid: number | undefined;
  readonly state: HostState;
  /** Tasks given to it that have not ended. */
  readonly inFlight: number;
  /** Tasks that have ended in it. */
  readonly ended: number;
}

export interface PoolStats {
  readonly name: string;
  readonly kind: WorkerKind;
  readonly state: PoolState;
  /** Tasks that wait for a worker. */
  readonly queued: number;
  /** Tasks that a worker has. */
  readonly inFlight: number;
  /** Tasks accepted so far; each is queued, in flight, fulfilled or failed. */
  readonly submitted: number;
  readonly fulfilled: number;
  readonly failed: number;
  /** Workers that live, in the order in which they were started. */
  readonly workers: readonly WorkerStats[];
}

// What a worker host tells the pool.
import type { WorkerExit } from '../transport/transport.ts';
import type { TaskOf } from './begun.ts';
import type { InFlightEvents } from './in-flight-events.ts';
import type { WorkerHost } from './worker-host.ts';

export interface HostEvents extends Pick<
  InFlightEvents,
  'onFulfilled' | 'onRan' | 'onTooLate' | 'onSaid' | 'onGivenBack'
> {
  onReady(host: WorkerHost): void;
  onEnd(host: WorkerHost, task: TaskOf, kind: number, body: unknown, payloadError: unknown): void;
  onFailed(host: WorkerHost, task: TaskOf, reason: unknown, isLoadFailure: boolean): void;
  /** There may be room again. */
  onRoom(host: WorkerHost): void;
  /** It takes no more tasks, and ends when it has ended those that it has. */
  onSpent(host: WorkerHost): void;
  onTeardownFailed(host: WorkerHost, reason: unknown): void;
  onExit(host: WorkerHost, exit: WorkerExit): void;
}

// How many tasks fit into the workers of a pool: what may be accepted where nothing is to wait for a place.
import { performance } from '../task/platform.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { PoolSettings } from './options.ts';
import type { WorkerHost } from './worker-host.ts';
import { heldAfterMs, isHeld, type Workers } from './workers.ts';

/**
 * How many tasks of a function can run beside what the workers have, those that are still to be started included. Credit may
 * let them start one after the other, but none of them waits until another has ended. A function that is known to hold
 * its loop fits once into each worker that is free.
 */
export function placesFor(fn: FunctionReference, workers: Workers, { concurrency, recycle }: PoolSettings): number {
  const { staying } = workers;
  let places = Math.max(0, workers.range.max - staying.length) * Math.min(concurrency, recycle.afterTasks);
  for (const host of staying) places += placesIn(host, fn, concurrency);
  return places;
}

/** How many tasks of a function one worker can run beside those that it has. */
export function placesIn(host: WorkerHost, fn: FunctionReference, concurrency: number): number {
  const now = performance.now();
  const { tasks, state, isOpen } = host;
  // A worker that has ended everything has room, though its report may still be on the way.
  if (state !== 'starting' && (!isOpen || (tasks.size > 0 && isHeld(host, now)))) return 0;
  const room = Math.max(0, host.atMost(concurrency - tasks.size));
  if ((tasks.creditOf(fn).taskMs ?? 0) < heldAfterMs) return room;
  return tasks.size === 0 || tasks.silentSince === undefined ? Math.min(1, room) : 0;
}

/** Whether a worker may have a task now. One that has ended everything is free, though its report may still be on the way. */
export function isFree({ isOpen, isUsedUp, tasks }: WorkerHost, concurrency: number): boolean {
  return isOpen && !isUsedUp && tasks.size < concurrency && (tasks.size === 0 || tasks.silentSince === undefined);
}

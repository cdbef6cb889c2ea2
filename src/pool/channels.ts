// What can be heard of a pool's tasks and workers through `node:diagnostics_channel`: the channels, and what is said on them.
import { channel, tracingChannel } from 'node:diagnostics_channel';

import type { WorkerKind } from '../task/context.ts';
import type { RunningTasks } from './stats.ts';

/** A worker, as channels name it. */
export interface ChannelWorker {
  readonly id: number;
  /** Undefined where its process could not be started. */
  readonly pid: number | undefined;
}

/**
 * One task, from when it is accepted until it is settled: what subscribers of the tracing channel `polyloop:task` are given. It is the same object in all events
 * of one task: `start` and `end` when the pool has accepted it; `error`, where it failed, then `asyncStart` and `asyncEnd` when it is settled.
 */
export interface TaskTrace {
  /** The name of the pool. */
  readonly pool: string;
  readonly taskId: number;
  /** The task function: its module, and its name. */
  readonly url: string;
  readonly name: string;
  /** The last attempt, counted from 1. */
  attempt: number;
  /** The worker that was given the last attempt; undefined where none was. */
  worker: ChannelWorker | undefined;
  /** When it was accepted, on the clock of `performance.now()`. */
  readonly acceptedMs: number;
  /** When a worker was given the last attempt; undefined where none was. */
  givenMs: number | undefined;
  /** When it was settled. */
  settledMs: number | undefined;
  /** What it fulfilled with. */
  result?: unknown;
  /** What it was rejected with. */
  error?: unknown;
}

/**
 * One worker, from its start to its end: what subscribers of the tracing channel `polyloop:worker` are given, the same object in all events of one worker. `start`
 * and `end` when it is started; `error`, where it could not start or died unasked, then `asyncStart` and `asyncEnd` when it is gone.
 */
export interface WorkerTrace {
  /** The name of the pool. */
  readonly pool: string;
  readonly kind: WorkerKind;
  readonly worker: ChannelWorker;
  /** It is beside the others, for tasks that may have killed a worker. */
  readonly isQuarantine: boolean;
  /** When it was started, on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** When it took tasks; undefined where it never did. */
  readyMs: number | undefined;
  /** When it was gone. */
  goneMs: number | undefined;
  exitCode: number | null;
  signal: string | null;
  /** Why it could not start, or that it died. */
  error?: unknown;
}

/** What subscribers of the channels `polyloop:worker:unresponsive` and `polyloop:worker:responsive` are given. */
export interface WorkerResponse {
  /** The name of the pool. */
  readonly pool: string;
  readonly worker: ChannelWorker;
  /** How long its loop has been held, in milliseconds, as far as is known. */
  readonly heldMs: number;
  /** What it has started and not ended, by function. */
  readonly running: readonly RunningTasks[];
}

/** What subscribers of the channel `polyloop:worker:recycled` are given when a worker has done enough, and another is started in its place. */
export interface WorkerRecycled {
  /** The name of the pool. */
  readonly pool: string;
  readonly worker: ChannelWorker;
  /** Which of the options of `recycle` it was. */
  readonly reason: 'afterTasks' | 'aboveRssBytes';
  /** How many attempts have ended in it. */
  readonly ended: number;
  /** Its memory, as far as is known; 0 where it is not. */
  readonly rssBytes: number;
}

export const workerReady = channel('polyloop:worker:ready');
export const workerRecycled = channel('polyloop:worker:recycled');
export const workerUnresponsive = channel('polyloop:worker:unresponsive');
export const workerResponsive = channel('polyloop:worker:responsive');

export const workerChannel = tracingChannel<WorkerTrace>('polyloop:worker');
export const taskChannel = tracingChannel<TaskTrace>('polyloop:task');

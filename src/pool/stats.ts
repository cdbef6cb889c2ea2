// What a pool looks like at one moment.
import { arrayMap, arrayReduce, arrayToSorted } from '../task/arrays.ts';
import type { WorkerKind } from '../task/context.ts';
import { performance } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Accounts } from './accounts.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Quantiles } from './histogram.ts';
import type { PoolSettings } from './options.ts';
import type { HostState, WorkerHost } from './worker-host.ts';
import type { Workers } from './workers.ts';

/** `open`: takes tasks. `closing`: takes none, and finishes what it has. `closed`: its workers are gone. */
export type PoolState = 'open' | 'closing' | 'closed';

/** Tasks of one function that a worker has started and not ended. */
export interface RunningTasks {
  /** The module of the function. */
  readonly url: string;
  readonly name: string;
  readonly taskIds: readonly number[];
}

/** What has been counted and timed since the worker, or the pool, was started. Each attempt at a task counts. */
export interface Counts {
  /** Tasks that were given to a worker and have not ended. */
  readonly inFlight: number;
  /** Attempts that have begun: those that ended, and those that run now. */
  readonly started: number;
  readonly ended: number;
  /** Those of the ended ones that failed, for whatever reason. */
  readonly failed: number;
  /** How long those that ended had waited before they were given to their worker, in milliseconds. */
  readonly queueMs: Quantiles;
  /** How long they took, in milliseconds: from when the worker took them up until the outcome was there. Of tasks that end at once, so that many travel together, each counts as the mean of those. */
  readonly runMs: Quantiles;
}

/** One task function, in all workers of a pool, as {@link PoolStats} has it. */
export interface FunctionStats extends Counts {
  /** The module of the function. */
  readonly url: string;
  readonly name: string;
  /** Its tasks that wait for a worker. */
  readonly queued: number;
}

/** One task function in one worker. */
export interface WorkerFunctionStats {
  readonly url: string;
  readonly name: string;
  /** How many tasks of it the worker may be given at once. */
  readonly credit: number;
}

/** One worker of a pool, as {@link PoolStats} has it. */
export interface WorkerStats extends Counts {
  readonly id: number;
  /** Undefined where its process could not be started. */
  readonly pid: number | undefined;
  readonly state: HostState;
  /** It is beside the others, for tasks that may have killed a worker: one at a time. */
  readonly isQuarantine: boolean;
  /** How long ago it was started, in milliseconds. */
  readonly ageMs: number;
  /** Which part of the last second its loop was at work, from 0 to 1, whenever and however often it is asked for; a loop that is held is at work. It is asked four times a second while the pool has work; 0 where that is two seconds ago. */
  readonly utilization: number;
  /** How long its loop did not come back, at the most, in the last second, in milliseconds; what holds it now counts. 0 where that is too short to be seen (20 ms), or the pool has had no work for two seconds. */
  readonly lagMs: number;
  /** The memory of its process (resident set), in bytes, asked for four times a second while there is work; for a thread, that of the process it shares. 0 where it is not known yet. */
  readonly rssBytes: number;
  /** The functions that it was told of. */
  readonly functions: readonly WorkerFunctionStats[];
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
  /** The task functions of which tasks were accepted. */
  readonly functions: readonly FunctionStats[];
}

/** Where the tasks of a pool are. */
export interface PoolParts {
  readonly settings: PoolSettings;
  readonly state: PoolState;
  readonly accounts: Accounts;
  readonly workers: Workers;
  readonly dispatcher: Dispatcher;
  readonly backingOff: readonly Submission[];
  readonly quarantined: readonly Submission[];
  readonly retried: number;
}

export function poolStats(parts: PoolParts): PoolStats {
  const { settings, state, accounts, workers, dispatcher, backingOff, quarantined, retried } = parts;
  const now = performance.now();
  const { all } = workers;
  return {
    name: settings.name,
    kind: settings.kind,
    state,
    queued: dispatcher.waiting + quarantined.length,
    backingOff: backingOff.length,
    inFlight: arrayReduce(all, (sum, host) => sum + host.tasks.size, 0),
    submitted: accounts.submitted,
    fulfilled: accounts.fulfilled,
    failed: accounts.failed,
    retried,
    workers: arrayMap(all, (host) => workerStats(host, host === workers.quarantine, now)),
    functions: functionStats(parts),
  };
}

/** What a worker has begun and not ended. */
export function runningTasks({ tasks }: WorkerHost): RunningTasks[] {
  return arrayMap([...tasks.running()], ([{ url, name }, ids]) => ({
    url,
    name,
    taskIds: arrayToSorted(ids, (one, other) => one - other),
  }));
}

function workerStats(host: WorkerHost, isQuarantine: boolean, now: number): WorkerStats {
  const { id, pid, state, tasks, loop, vitals, startedAt } = host;
  const { meter, functions } = tasks;
  const isHeld = loop.isUnresponsive;
  const running = runningTasks(host);
  return {
    id,
    pid,
    state,
    isQuarantine,
    ageMs: now - startedAt,
    inFlight: tasks.size,
    started: meter.ended + arrayReduce(running, (sum, { taskIds }) => sum + taskIds.length, 0),
    ended: meter.ended,
    failed: meter.failed,
    queueMs: meter.queueMs.quantiles(),
    runMs: meter.runMs.quantiles(),
    utilization: vitals.utilization(now),
    lagMs: vitals.lagMs(now),
    rssBytes: vitals.rssBytes,
    functions: arrayMap([...functions], ({ fn: { url, name }, credit }) => ({ url, name, credit: credit.size })),
    heldMs: isHeld ? loop.heldMs(now) : 0,
    running: isHeld ? running : [],
  };
}

function functionStats({ workers, dispatcher, quarantined }: PoolParts): FunctionStats[] {
  const queued = dispatcher.waitingByFunction();
  for (const { fn, count } of quarantined) add(queued, fn, count);
  // Those that only wait so far are shown as well.
  for (const fn of queued.keys()) workers.meters.of(fn);
  const inFlight = new Map<FunctionReference, number>();
  const running = new Map<FunctionReference, number>();
  for (const { tasks } of workers.all) {
    for (const [fn, count] of tasks.inFlightByFunction()) add(inFlight, fn, count);
    for (const [fn, ids] of tasks.running()) add(running, fn, ids.length);
  }
  return arrayMap([...workers.meters], ([fn, meter]) => ({
    url: fn.url,
    name: fn.name,
    queued: queued.get(fn) ?? 0,
    inFlight: inFlight.get(fn) ?? 0,
    started: meter.ended + (running.get(fn) ?? 0),
    ended: meter.ended,
    failed: meter.failed,
    queueMs: meter.queueMs.quantiles(),
    runMs: meter.runMs.quantiles(),
  }));
}

function add(counts: Map<FunctionReference, number>, fn: FunctionReference, count: number): void {
  counts.set(fn, (counts.get(fn) ?? 0) + count);
}

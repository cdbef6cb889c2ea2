// What a pool is doing, for programs (`stats`) and for people (`inspect`): first thing to look at when something does not end.
import type { WorkerKind } from '../task/context.ts';
import type { Submission } from '../task/submission.ts';
import type { Accounts } from './accounts.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { PoolSettings } from './options.ts';
import type { PoolState, PoolStats, RunningTasks, WorkerStats } from './stats.ts';
import type { WorkerHost } from './worker-host.ts';
import type { Workers } from './workers.ts';

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

/** Tasks are listed up to so many; of the others only how many. */
const listed = 8;

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
    inFlight: all.reduce((sum, host) => sum + host.tasks.size, 0),
    submitted: accounts.submitted,
    fulfilled: accounts.fulfilled,
    failed: accounts.failed,
    retried,
    workers: all.map((host) => workerStats(host, host === workers.quarantine, now)),
  };
}

function workerStats(host: WorkerHost, isQuarantine: boolean, now: number): WorkerStats {
  const { id, pid, state, tasks, loop } = host;
  const isHeld = loop.isUnresponsive;
  return {
    id,
    pid,
    state,
    isQuarantine,
    inFlight: tasks.size,
    ended: tasks.ended,
    heldMs: isHeld ? loop.heldMs(now) : 0,
    running: isHeld ? tasks.running() : [],
  };
}

export function inspectPool(parts: PoolParts): string {
  const { settings, dispatcher, backingOff, quarantined, workers } = parts;
  const { name, kind, state, submitted, fulfilled, failed, queued, inFlight, retried } = poolStats(parts);
  const { concurrency } = settings;
  const { min, max } = workers.range;
  const now = performance.now();
  const lines = [
    `Pool '${name}' (${kind}) is ${state}: ${min === max ? max : `${min} to ${max}`} workers, up to ${concurrency} tasks at once in each`,
    `  ${submitted} submitted: ${fulfilled} fulfilled, ${failed} failed, ${inFlight} in flight, ${queued} queued, ${backingOff.length} backing off; ${retried} retried`,
  ];
  for (const host of workers.all) lines.push(...workerLines(host, kind, host === workers.quarantine, now));
  const { refusal } = workers;
  if (refusal !== undefined) lines.push(`  No worker is started for now: ${refusal.message}`);
  const waiting = [...dispatcher];
  if (waiting.length > 0) lines.push('  Queued:', ...byFunction(waiting));
  if (quarantined.length > 0) lines.push('  Waiting for the quarantine worker:', ...byFunction(quarantined));
  if (backingOff.length > 0) {
    lines.push('  Backing off:');
    for (const { id, fn, attempt, due } of backingOff.slice(0, listed))
      lines.push(
        `    task ${id} (${fn.name} of ${fn.url}), attempt ${attempt} in ${Math.ceil((due?.atMs ?? now) - now)} ms`,
      );
    if (backingOff.length > listed) lines.push(`    and ${backingOff.length - listed} more`);
  }
  return lines.join('\n');
}

function workerLines(host: WorkerHost, kind: WorkerKind, isQuarantine: boolean, now: number): string[] {
  const { id, pid, state, startedAt, tasks, loop } = host;
  const ageS = ((now - startedAt) / 1e3).toFixed(1);
  const heldMs = Math.max(loop.heldMs(now), now - (tasks.silentSince ?? now));
  const held = heldMs < 1 ? '' : `; its loop has not come back for ${Math.round(heldMs)} ms`;
  const place = kind === 'process' ? (pid === undefined ? 'no process' : `process ${pid}`) : kind;
  const role = isQuarantine ? ', for quarantine' : '';
  return [
    `  Worker ${id} (${place}${role}) is ${state}, ${ageS} s old: ${tasks.size} in flight, ${tasks.ended} ended${held}`,
    ...tasks.running().map((running) => `    running ${functionLine(running)}`),
  ];
}

function functionLine({ name, url, taskIds }: RunningTasks): string {
  const shown = taskIds.slice(0, listed).join(', ');
  const more = taskIds.length > listed ? ` and ${taskIds.length - listed} more` : '';
  return `${name} of ${url}: ${taskIds.length === 1 ? 'task' : 'tasks'} ${shown}${more}`;
}

function byFunction(submissions: readonly Submission[]): string[] {
  const lines = new Map<string, number[]>();
  for (const { fn, id, count } of submissions) {
    const key = `${fn.name} of ${fn.url}`;
    const ids = lines.get(key) ?? [];
    lines.set(key, ids);
    for (let at = 0; at < count; at++) ids.push(id + at);
  }
  return [...lines].map(([key, ids]) => {
    const shown = ids.slice(0, listed).join(', ');
    const more = ids.length > listed ? ` and ${ids.length - listed} more` : '';
    return `    ${key}: ${ids.length === 1 ? 'task' : 'tasks'} ${shown}${more}`;
  });
}

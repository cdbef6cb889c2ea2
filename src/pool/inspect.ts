// What a pool is doing, as text for people: the first thing to look at when something does not end.
import { arrayJoin, arrayMap, arrayPush, arraySlice } from '../task/arrays.ts';
import type { WorkerKind } from '../task/context.ts';
import { performance } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import { poolStats, runningTasks, type PoolParts, type RunningTasks } from './stats.ts';
import type { WorkerHost } from './worker-host.ts';

/** Tasks are listed up to so many; of the others only how many. */
const listed = 8;

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
  for (const host of workers.all) arrayPush(lines, ...workerLines(host, kind, host === workers.quarantine, now));
  const { refusal } = workers;
  if (refusal !== undefined) lines[lines.length] = `  No worker is started for now: ${refusal.message}`;
  const waiting = [...dispatcher];
  if (waiting.length > 0) arrayPush(lines, '  Queued:', ...byFunction(waiting));
  if (quarantined.length > 0) arrayPush(lines, '  Waiting for the quarantine worker:', ...byFunction(quarantined));
  if (backingOff.length > 0) {
    lines[lines.length] = '  Backing off:';
    for (const { id, fn, attempt, due } of arraySlice(backingOff, 0, listed))
      lines[lines.length] =
        `    task ${id} (${fn.name} of ${fn.url}), attempt ${attempt} in ${Math.ceil((due?.atMs ?? now) - now)} ms`;
    if (backingOff.length > listed) lines[lines.length] = `    and ${backingOff.length - listed} more`;
  }
  return arrayJoin(lines, '\n');
}

function workerLines(host: WorkerHost, kind: WorkerKind, isQuarantine: boolean, now: number): string[] {
  const { id, pid, state, startedAt, tasks, loop } = host;
  const ageS = ((now - startedAt) / 1e3).toFixed(1);
  const heldMs = Math.max(loop.heldMs(now), now - (tasks.silentSince ?? now));
  const held = heldMs < 1 ? '' : `; its loop has not come back for ${Math.round(heldMs)} ms`;
  const place = kind === 'process' ? (pid === undefined ? 'no process' : `process ${pid}`) : kind;
  const role = isQuarantine ? ', for quarantine' : '';
  return [
    `  Worker ${id} (${place}${role}) is ${state}, ${ageS} s old: ${tasks.size} in flight, ${tasks.meter.ended} ended${held}`,
    ...arrayMap(runningTasks(host), (running) => `    running ${functionLine(running)}`),
  ];
}

function functionLine({ name, url, taskIds }: RunningTasks): string {
  const shown = arrayJoin(arraySlice(taskIds, 0, listed), ', ');
  const more = taskIds.length > listed ? ` and ${taskIds.length - listed} more` : '';
  return `${name} of ${url}: ${taskIds.length === 1 ? 'task' : 'tasks'} ${shown}${more}`;
}

function byFunction(submissions: readonly Submission[]): string[] {
  const lines = new Map<string, number[]>();
  for (const { fn, id, count } of submissions) {
    const key = `${fn.name} of ${fn.url}`;
    const ids = lines.get(key) ?? [];
    lines.set(key, ids);
    for (let at = 0; at < count; at++) ids[ids.length] = id + at;
  }
  return arrayMap([...lines], ([key, ids]) => {
    const shown = arrayJoin(arraySlice(ids, 0, listed), ', ');
    const more = ids.length > listed ? ` and ${ids.length - listed} more` : '';
    return `    ${key}: ${ids.length === 1 ? 'task' : 'tasks'} ${shown}${more}`;
  });
}

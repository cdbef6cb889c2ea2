// What to say when a worker is gone.
import { WorkerCrashedError, WorkerStartError } from '../errors.ts';
import { messageOf, read } from '../task/foreign.ts';
import type { WorkerExit } from '../transport/transport.ts';
import { errorLine, placeOf } from './error-line.ts';
import type { WorkerHost } from './worker-host.ts';

/** It died with these tasks started and not ended. */
export function crashError(
  host: WorkerHost,
  kind: string,
  exit: WorkerExit,
  taskIds: readonly number[],
): WorkerCrashedError {
  const { ended, lastWords } = host;
  const tasks = taskIds.length === 1 ? 'a task' : `${taskIds.length} tasks`;
  const happened = ended === undefined ? how(exit) : 'was ended';
  const cause = ended === undefined ? (lastWords?.reason ?? exit.error) : ended.reason;
  const because =
    ended === undefined && lastWords !== undefined
      ? `. Nobody caught: ${messageOf(lastWords.reason)}`
      : cause === undefined
        ? ''
        : `: ${messageOf(cause)}`;
  return new WorkerCrashedError(
    `${who(host, kind)} ${happened} while running ${tasks}${because}.${hint(host, exit)}`,
    {
      workerId: host.id,
      pid: host.pid,
      exitCode: exit.exitCode,
      signal: exit.signal,
      taskIds,
      causedBy: ended?.taskId,
      stderr: exit.stderr,
    },
    cause === undefined ? undefined : { cause },
  );
}

/** It died before it could take work. */
export function startError(host: WorkerHost, kind: string, exit: WorkerExit): WorkerStartError {
  const reason = whyEnded(host, exit);
  const why = reason === undefined ? `it ${how(exit)}${saidOf(exit)}` : withPlace(reason);
  return new WorkerStartError(
    `${who(host, kind)} could not start: ${why}`,
    { id: host.id, pid: host.pid, stderr: exit.stderr },
    reason === undefined ? undefined : { cause: reason },
  );
}

/** It lives, but could not load the module of a task function. */
export function loadError(host: WorkerHost, kind: string, url: string, cause: unknown): WorkerStartError {
  return new WorkerStartError(
    `${who(host, kind)} could not load ${url}: ${withPlace(cause)}`,
    { id: host.id, pid: host.pid, stderr: '' },
    { cause },
  );
}

/** It died, as others before it, while it loaded the module of a task function. */
export function deathAtLoad(host: WorkerHost, kind: string, exit: WorkerExit, url: string): WorkerStartError {
  const reason = whyEnded(host, exit);
  const why = reason === undefined ? `it ${how(exit)}, as did others before it${saidOf(exit)}` : messageOf(reason);
  return new WorkerStartError(
    `${who(host, kind)} could not load ${url}: ${why}`,
    { id: host.id, pid: host.pid, stderr: exit.stderr },
    reason === undefined ? undefined : { cause: reason },
  );
}

/** What it has printed about its end. */
function saidOf({ stderr }: WorkerExit): string {
  const line = errorLine(stderr);
  return line === undefined ? '' : ` (${line})`;
}

/** The message of an error, and where it comes from, where its stack says so. */
function withPlace(reason: unknown): string {
  const message = messageOf(reason);
  const place = placeOf(read(reason, 'stack'));
  return place === undefined || message.includes(place) ? message : `${message} (${place})`;
}

function whyEnded({ ended, lastWords }: WorkerHost, exit: WorkerExit): unknown {
  const { reason } = ended ?? lastWords ?? { reason: exit.error };
  return reason;
}

function who(host: WorkerHost, kind: string): string {
  if (host.pid === undefined) return `Worker ${host.id}`;
  return `Worker ${host.id} (${kind === 'process' ? `process ${host.pid}` : `${kind} in process ${host.pid}`})`;
}

function how({ exitCode, signal }: WorkerExit): string {
  if (signal !== null) return `exited with ${signal}`;
  return exitCode === null ? 'ended' : `exited with code ${exitCode}`;
}

/** What its user can do about it. */
function hint({ ended }: WorkerHost, { signal, error }: WorkerExit): string {
  if (ended !== undefined)
    return ended.taskId === undefined
      ? ''
      : ` Let task ${ended.taskId} heed \`context().signal\`, or raise \`graceMs\`.`;
  const isMemory = read(error, 'code') === 'ERR_WORKER_OUT_OF_MEMORY';
  const isSilent = error === undefined && (signal === 'SIGKILL' || signal === 'SIGABRT');
  if (isSilent || isMemory) return ' If memory ran out, lower `concurrency`.';
  return '';
}

// How the call for an input ended, from whatever the pool tells of it.
import { TaskTimeoutError, WorkerCrashedError, WorkerStartError, type Settled } from '../index.ts';
import type { Pulled } from './calls.ts';
import type { EndEntry } from './joblog/entries.ts';
import { time } from './progress/numbers.ts';
import { UsageError } from './usage-error.ts';
import { appliedFrom, type Applied, type CallFailedError } from './worker/apply.ts';
import { errorJson } from './worker/error-json.ts';

/** `error`: as JSON; undefined where it ended well. */
export interface Ended extends Applied {
  readonly pulled: Pulled;
  readonly error: string | undefined;
}

/**
 * Tells how a call ended; undefined where it has not, for it was told not to begin, or to end before its time. Throws a {@link UsageError} where no worker can
 * run it, for then none can run any. `most`: so many attempts there may be.
 */
export function endedFrom(
  end: Settled<string, unknown>,
  pulled: Pulled,
  { abortedBy, most }: { readonly abortedBy: unknown; readonly most: number },
): Ended | undefined {
  if (end.status === 'fulfilled') {
    const applied = appliedFrom(end.value);
    return applied.how === 'unstarted' ? undefined : { ...applied, pulled, error: undefined };
  }
  const { reason } = end;
  if (reason === abortedBy) return undefined;
  if (isCallFailure(reason)) {
    const { ms, attempts, worker, startedAt, json } = reason;
    return { ms, attempts, worker, startedAt, how: 'nothing', values: [], pulled, error: json };
  }
  if (reason instanceof WorkerStartError) {
    const { cause } = reason;
    throw new UsageError(cause instanceof Error ? cause.message : reason.message);
  }
  // The function could not even tell how it ended.
  const ms = reason instanceof TaskTimeoutError ? reason.timeoutMs : 0;
  return {
    ms,
    attempts: reason instanceof TaskTimeoutError ? reason.attempt : most,
    worker: reason instanceof WorkerCrashedError ? reason.workerId : 0,
    startedAt: Math.round((performance.timeOrigin + performance.now() - ms) * 10) / 10,
    how: 'nothing',
    values: [],
    pulled,
    error: errorJson(toldOfPool(reason)),
  };
}

/** What the pool says, in the words of the command, and without a stack, which would be of the command. */
function toldOfPool(reason: unknown): unknown {
  if (reason instanceof TaskTimeoutError) {
    const { name, code, timeoutMs } = reason;
    return { name, message: `It ran for longer than --timeout ${time(timeoutMs)}.`, code };
  }
  if (!(reason instanceof Error)) return reason;
  const message = reason.message.replaceAll('`concurrency`', '--concurrency').replaceAll(/ \(`apply`\)/g, '');
  const { stack: _stack, ...properties } = Object.fromEntries(Object.entries(reason));
  return { name: reason.name, message, ...properties };
}

const mostMessage = 1_000;
const mostStack = 4_000;

/** What a job log says of it. `startedAt`: when the run began. */
export function entryOf({ pulled, ms, attempts, worker, startedAt, error }: Ended, runStartedAt: number): EndEntry {
  const at = tenths(Math.max(0, startedAt - runStartedAt));
  const pulledAt = performance.timeOrigin + pulled.atMs - runStartedAt;
  const entry: EndEntry = {
    seq: pulled.seq,
    hash: pulled.hash,
    ok: error === undefined,
    ms,
    attempts,
    worker,
    at,
    wait: tenths(Math.max(0, at - pulledAt)),
    input: pulled.shown,
  };
  return error === undefined ? entry : { ...entry, error: toldOf(error) };
}

/** The gist of an error that was written as JSON. */
export function toldOf(json: string): { name: string; message: string; stack?: string } {
  const { name, message, stack } = JSON.parse(json) as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: (typeof message === 'string' ? message : '').slice(0, mostMessage),
    ...(typeof stack === 'string' && { stack: stack.slice(0, mostStack) }),
  };
}

/** The function threw, in whatever realm that error was made. */
export function isCallFailure(reason: unknown): reason is CallFailedError {
  return reason instanceof Error && reason.name === 'CallFailedError';
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

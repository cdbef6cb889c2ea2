// How the call for an input ended, from whatever the pool tells of it.
import { TaskTimeoutError, WorkerCrashedError, WorkerStartError, type Settled } from '../index.ts';
import type { Pulled } from './calls.ts';
import type { EndEntry } from './joblog/entries.ts';
import { time } from './progress/numbers.ts';
import { startFailure } from './start-failure.ts';
import { Applied, type CallFailedError, type CallTimes } from './worker/apply.ts';
import { errorJson } from './worker/error-json.ts';
import { tooLarge, UnwritableError } from './worker/unwritable.ts';

/** How a call ended: with a value, or with an error. */
export type Ended = Fulfilled | Failed;

export interface Fulfilled {
  readonly ok: true;
  readonly pulled: Pulled;
  readonly applied: Applied;
}

export interface Failed {
  readonly ok: false;
  readonly pulled: Pulled;
  readonly times: FailedTimes;
  /** As JSON. */
  readonly error: string;
}

/** As far as they are known: a worker that dies takes with it when its calls began. */
export interface FailedTimes extends Omit<CallTimes, 'ms'> {
  /** Undefined where that is not known; then `at` is when the failure was known. */
  readonly ms: number | undefined;
}

/** Of the run that a call is of. */
export interface OfRun {
  /** What calls that were ended before their time reject with. */
  readonly abortedBy: unknown;
  /** So many attempts there may be. */
  readonly attempts: number;
  /** On the clock of `performance.now()`. */
  readonly beganMs: number;
}

/**
 * Tells how a call ended; undefined where it has not, for it was told not to begin, or to end before its time. Throws a {@link UsageError} where no worker can
 * run it, for then none can run any.
 */
export function endedFrom(end: Settled<string, unknown>, pulled: Pulled, run: OfRun): Ended | undefined {
  if (end.status === 'fulfilled') {
    const applied = new Applied(end.value);
    return applied.how === 'unstarted' ? undefined : { ok: true, pulled, applied };
  }
  const { reason } = end;
  if (reason === run.abortedBy) return undefined;
  if (isCallFailure(reason)) return { ok: false, pulled, times: reason.times, error: reason.json };
  if (reason instanceof WorkerStartError) {
    throw startFailure(reason);
  }
  // The function could not even tell how it ended.
  const ms = reason instanceof TaskTimeoutError ? reason.timeoutMs : undefined;
  const times: FailedTimes = {
    ms,
    attempts: reason instanceof TaskTimeoutError ? reason.attempt : run.attempts,
    worker: reason instanceof WorkerCrashedError ? reason.workerId : 0,
    at: Math.round(performance.now() - run.beganMs - (ms ?? 0)),
  };
  return { ok: false, pulled, times, error: errorJson(toldOfPool(reason)) };
}

/** What a call came to cannot be written: that is a failure of its input. */
export function unwritten({ pulled, applied }: Fulfilled, reason: unknown): Failed {
  const { ms, attempts, worker, at } = applied;
  // A text cannot be longer than so much.
  const error = reason instanceof RangeError ? tooLarge('value') : reason;
  const times: CallTimes = { ms: Number(ms), attempts: Number(attempts), worker, at };
  return { ok: false, pulled, times, error: errorJson(withoutStack(error)) };
}

/** How long the last attempt took, in milliseconds; undefined where that is not known. */
export function msOf(ended: Ended): number | undefined {
  return ended.ok ? Number(ended.applied.ms) : ended.times.ms;
}

/** What the pool says, in the words of the command, and without a stack, which would be of the command. */
function toldOfPool(reason: unknown): unknown {
  if (reason instanceof TaskTimeoutError) {
    const { name, code, timeoutMs } = reason;
    return { name, message: `It ran for longer than --timeout ${time(timeoutMs)}.`, code };
  }
  if (!(reason instanceof Error)) return reason;
  if (!(reason instanceof WorkerCrashedError)) return { name: reason.name, message: reason.message };
  const { name, code, pid, exitCode, signal, stderr } = reason;
  const message = reason.message
    .replaceAll('`concurrency`', '--concurrency')
    .replace(/\btask \d+ had not ended/, 'another input had not ended')
    .replace(/ Let task \d+ heed `context\(\)\.signal`, or raise `graceMs`\./, '');
  return { name, message, code, pid, exitCode, signal, ...(stderr !== '' && { stderr }) };
}

/** It would be of the command. */
function withoutStack(error: unknown): unknown {
  if (!(error instanceof UnwritableError)) return error;
  const { name, message, code, path } = error;
  return { name, message, code, path };
}

const mostMessage = 1_000;
const mostStack = 4_000;

/** What a job log says of it. */
export function entryOf(ended: Ended, run: OfRun): EndEntry {
  const { ok, pulled } = ended;
  const { worker, at } = ok ? ended.applied : ended.times;
  const pulledAt = pulled.atMs - run.beganMs;
  const ms = msOf(ended);
  const entry: EndEntry = {
    seq: pulled.seq,
    hash: pulled.hash,
    ok,
    ...(ms !== undefined && { ms }),
    attempts: Number(ok ? ended.applied.attempts : ended.times.attempts),
    worker,
    at: Math.max(0, at),
    ...(ms !== undefined && { wait: Math.round(Math.max(0, at - pulledAt)) }),
    input: pulled.shown,
  };
  return ok ? entry : { ...entry, error: toldOf(ended.error) };
}

/** The gist of an error that was written as JSON. */
export function toldOf(json: string): { name: string; message: string; stack?: string } {
  const error = JSON.parse(json) as Record<string, unknown>;
  const { name, stack } = error;
  const message = withCauses(error, 0);
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: message.slice(0, mostMessage),
    ...(typeof stack === 'string' && { stack: stack.slice(0, mostStack) }),
  };
}

const deepestCause = 4;

/** `fetch failed: connect ECONNREFUSED 127.0.0.1:80`: what helps is often in the cause. */
function withCauses({ message, code, cause, errors }: Record<string, unknown>, depth: number): string {
  const said = typeof message === 'string' ? message : '';
  const own = said === '' && typeof code === 'string' ? code : said;
  const next: unknown = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  if (depth >= deepestCause || next === undefined || next === null) return own;
  const why = typeof next === 'object' ? withCauses(next as Record<string, unknown>, depth + 1) : String(next);
  return why === '' || own.includes(why) ? own : own === '' ? why : `${own}: ${why}`;
}

/** The function threw, in whatever realm that error was made. */
export function isCallFailure(reason: unknown): reason is CallFailedError {
  return reason instanceof Error && reason.name === 'CallFailedError';
}

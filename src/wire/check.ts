// Whether what a worker sent is what a worker can say. A channel may carry nonsense: the user's code can write to any file
// descriptor. What is not checked here would be believed: a run that is no number, a time that is none.
import { arrayEvery, arrayJoin, arrayMap, arraySlice } from '../task/arrays.ts';
import { toJson } from '../task/platform.ts';
import { endStride, REFUSED, reportStride, GAVE_BACK, mostWanted, timesStride, type ToPool } from './messages.ts';

const types: ReadonlySet<unknown> = new Set([
  'turn',
  'started',
  'said',
  'want',
  'pong',
  'printing',
  'settingUp',
  'ready',
  'startFailed',
  'dying',
  'stopped',
] satisfies ToPool['type'][]);

/** Throws where one of these is no message of a worker. */
export function checkBatch(batch: unknown): asserts batch is ToPool[] {
  for (const message of listOf(batch)) checkMessage(message);
}

/** An object that may be a message. */
export interface CheckedMessage {
  type?: unknown;
  payload?: unknown[];
}

/** The messages of a batch: objects with a type and a payload. */
export function listOf(batch: unknown): CheckedMessage[] {
  if (!Array.isArray(batch)) throw nonsense('something that is no list of messages', batch);
  for (const message of batch as unknown[]) {
    if (typeof message !== 'object' || message === null) throw nonsense('something that is no message', message);
    // What a message does not have it has not: a program may have put anything on `Object.prototype`.
    Object.setPrototypeOf(message, null);
    const { payload } = message as { payload?: unknown };
    if (payload !== undefined && !Array.isArray(payload))
      throw nonsense('a message with a payload that is no list', payload);
  }
  return batch as CheckedMessage[];
}

function checkMessage(message: CheckedMessage): void {
  const { type } = message;
  if (!types.has(type)) throw nonsense('a message of an unknown type', type);
  if (type === 'turn') checkTurn(message);
  else if (type === 'said') checkSaid(message);
  else if (type === 'want') {
    const { run, place, channel, count } = message as Record<string, unknown>;
    if (!arrayEvery([run, place, channel], isCount)) throw nonsense('a demand of something that is no task', run);
    if (!isCount(count) || count > mostWanted) throw nonsense('a demand for more than there can be', count);
  } else if (type === 'pong') {
    const { rssBytes, activeMs, idleMs, lagMs } = message as Record<string, unknown>;
    if (!isCount(rssBytes) || !arrayEvery([activeMs, idleMs, lagMs], isSpan))
      throw nonsense('an answer that is none', rssBytes);
  } else if (type === 'printing') {
    const { isBehind } = message as { isBehind?: unknown };
    if (typeof isBehind !== 'boolean') throw nonsense('a state of its output that is none', isBehind);
  } else if (type === 'started') {
    const { run, count } = message as { run?: unknown; count?: unknown };
    if (!isCount(run) || !isCount(count)) throw nonsense('a start of something that is no run', run);
  }
}

function checkSaid(said: {
  run?: unknown;
  place?: unknown;
  how?: unknown;
  forms?: unknown;
  payload?: unknown[];
  payloadError?: unknown;
}): void {
  const { run, place, how, forms = [], payload = [], payloadError } = said;
  if (!isCount(run) || !isCount(place)) throw nonsense('words of something that is no task', run);
  // Each is a step of a loop of the pool's, also where the list is sparse and nothing was sent.
  if (payload.length > mostSaid) throw nonsense('more words at once than there can be', payload.length);
  if (how !== 'yield' && how !== 'report') throw nonsense('words of no kind', how);
  if (!Array.isArray(forms) || (payloadError === undefined && forms.length > payload.length))
    throw nonsense('forms of values that are none', forms);
}

function checkTurn(turn: {
  ends?: unknown;
  times?: unknown;
  reports?: unknown;
  payload?: unknown[];
  payloadError?: unknown;
}): void {
  const { ends, times = [], reports, payload = [], payloadError } = turn;
  if (!isStrided(ends, endStride)) throw nonsense('outcomes that are none', ends);
  let values = 0;
  for (let at = 0; at < ends.length; at += endStride) {
    const kind = ends[at + 3];
    if (
      !isCount(ends[at]) ||
      !isCount(ends[at + 1]) ||
      !isCount(ends[at + 2]) ||
      !isCount(kind) ||
      kind > 2 * REFUSED + 1
    )
      throw nonsense('an outcome that is none', arraySlice(ends, at, at + endStride));
    values += ends[at + 2] as number;
  }
  if (payloadError === undefined && values !== payload.length)
    throw nonsense(`${payload.length} values for ${values} outcomes`, undefined);
  if (!isStrided(times, timesStride)) throw nonsense('times that are none', times);
  for (let at = 0; at < times.length; at += timesStride) {
    const which = times[at];
    const wasTold = times[at + 3];
    if (!isCount(which) || which >= values || !isTime(times[at + 1]) || !isTime(times[at + 2]) || !isBit(wasTold))
      throw nonsense('times of no outcome', arraySlice(times, at, at + timesStride));
  }
  if (!isStrided(reports, reportStride)) throw nonsense('reports that are none', reports);
  for (let at = 0; at < reports.length; at += reportStride) {
    const rest = reports[at + 2];
    if (
      !isCount(reports[at]) ||
      !isCount(reports[at + 1]) ||
      !isCount(rest) ||
      rest > GAVE_BACK ||
      !isTime(reports[at + 3]) ||
      !isTime(reports[at + 4])
    )
      throw nonsense('a report that is none', arraySlice(reports, at, at + reportStride));
  }
}

export function isStrided(numbers: unknown, stride: number): numbers is unknown[] {
  return Array.isArray(numbers) && numbers.length % stride === 0;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A task that reports in a loop gathers some hundred thousand in the time for which they wait to be sent. */
const mostSaid = 10_000_000;

function isBit(value: unknown): boolean {
  return value === 0 || value === 1;
}

/** Longer than any loop is held, and little enough to be reckoned with. */
export const longestMs = 1e12;

/** Clocks of two processes may differ by a little, so a span of time may be below zero. */
export function isTime(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) <= longestMs;
}

function isSpan(value: unknown): boolean {
  return isTime(value) && (value as number) >= 0;
}

export function nonsense(what: string, value: unknown): Error {
  const shown = value === undefined ? '' : ` (${show(value)})`;
  return new Error(`it sent ${what}${shown} where only polyloop may write`);
}

/** A little of it, for it may be anything. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `[${arrayJoin(arrayMap(arraySlice(value, 0, 5), showOne), ',')}]`;
  return showOne(value);
}

function showOne(value: unknown): string {
  if (typeof value === 'string') return toJson(value.slice(0, 60));
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

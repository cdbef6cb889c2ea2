// Whether what a worker is sent is what a pool can send. A message that is dropped without a word would lose its tasks for ever,
// and one that is believed though it says nonsense would do so later, so a worker that is sent one ends, and says why.
import { arrayEvery } from '../task/arrays.ts';
import { isCount, isTime, listOf, nonsense } from './check.ts';
import { generations, longestRun } from './claims.ts';
import type { ToWorker } from './messages.ts';

type Part = Record<string, unknown>;

/** For each type of message: whether the message is one. */
const checks: { readonly [Type in ToWorker['type']]: (message: Part) => boolean } = {
  start: ({ worker, kind, depth, concurrency, setup, teardown, restore, forms }) =>
    isCount(worker) &&
    typeof kind === 'string' &&
    isCount(depth) &&
    isCount(concurrency) &&
    arrayEvery([setup, teardown, restore], (call) => call === undefined || isNamed(call)) &&
    Array.isArray(forms),
  define: (message) => isCount(message['fn']) && isNamed(message),
  run: isRun,
  cancel: isStretch,
  abandon: isStretch,
  more: ({ run, place, count, of }) =>
    isCount(run) && isCount(place) && isCount(count) && (of === 'yield' || of === 'report'),
  feed: isFeed,
  ping: () => true,
  stop: () => true,
};
const known = new Map<unknown, (message: Part) => boolean>(Object.entries(checks));

/** Throws where one of these is no message of a pool. */
export function checkOrders(batch: unknown): asserts batch is ToWorker[] {
  for (const message of listOf(batch)) {
    const check = known.get(message.type);
    if (check === undefined) throw nonsense('a message of an unknown type', message.type);
    if (!check(message as unknown as Part))
      throw nonsense(`a message '${String(message.type)}' that is none`, undefined);
  }
}

function isRun(message: Part): boolean {
  const { run, generation, fn, attempt, arity, count, ids, forms, payload, payloadError, sentAt, yields } = message;
  if (!isCount(run) || !isCount(generation) || generation >= generations) return false;
  if (!isCount(fn) || !isCount(attempt) || !isCount(arity)) return false;
  if (!isCount(count) || count < 1 || count > longestRun) return false;
  if (Array.isArray(ids) ? ids.length !== count || !arrayEvery(ids, isCount) : !isCount(ids)) return false;
  if (forms !== undefined && !Array.isArray(forms)) return false;
  if (payloadError === undefined && (payload as unknown[] | undefined)?.length !== count) return false;
  return isTime(sentAt) && (yields === undefined || isCount(yields));
}

function isFeed({ run, place, channel, forms, end, payload }: Part): boolean {
  if (!isCount(run) || !isCount(place) || !isCount(channel)) return false;
  if (forms !== undefined && !Array.isArray(forms)) return false;
  if (end === 'failed') return Array.isArray(payload) && payload.length > 0;
  return end === undefined || end === 'done';
}

/** Consecutive tasks of a run. */
function isStretch({ run, place, count }: Part): boolean {
  return isCount(run) && isCount(place) && isCount(count) && count <= longestRun;
}

function isNamed(call: unknown): boolean {
  const { url, name } = (call ?? {}) as Part;
  return typeof url === 'string' && typeof name === 'string';
}

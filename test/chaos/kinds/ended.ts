// Work that is ended before it ends: by a signal, or because its time is up.
import { TaskTimeoutError } from '../../../src/index.ts';
import { heldMsSince } from '../holds.ts';
import * as tasks from '../tasks.ts';
import {
  anyOf,
  between,
  fulfilledWith,
  hardy,
  rejectedWhere,
  rejectedWith,
  type End,
  type Kind,
  type Scene,
  type Work,
} from '../work.ts';

/** What a signal may be aborted with: anything, and it is told as it is. */
function reasonOf({ chance }: Scene): unknown {
  const reasons = [
    Object.assign(new Error('not wanted any more'), { name: 'Unwanted' }),
    Object.freeze({ frozen: true }),
    'text',
    0,
    null,
    Symbol('reason'),
  ];
  return reasons[between(chance, 0, reasons.length - 1)];
}

/** Aborts at some moment: at once, in a later turn, or when some time has passed. */
function abortSoon({ chance }: Scene, controller: AbortController, reason: unknown, withinMs: number): void {
  const abort = (): void => controller.abort(reason);
  const when = between(chance, 0, 4);
  if (when === 0) abort();
  else if (when === 1) void Promise.resolve().then(abort);
  else if (when === 2) setImmediate(abort);
  else setTimeout(abort, chance() * withinMs);
}

/** One task whose signal is aborted. */
function aborted(
  name: string,
  weight: number,
  begin: (scene: Scene, signal: AbortSignal, id: number) => Promise<unknown>,
  others: (id: number) => (end: End) => boolean,
  more: Omit<Kind, 'name' | 'weight' | 'begin'> & { readonly isHardy?: boolean } = {},
): Kind {
  const { isHardy = false, ...kind } = more;
  return {
    ...kind,
    name,
    weight,
    begin(scene) {
      const id = scene.newId();
      const controller = new AbortController();
      const reason = reasonOf(scene);
      const promise = begin(scene, controller.signal, id);
      abortSoon(scene, controller, reason, 40);
      return { promise, mayBe: anyOf(rejectedWith(reason), others(id)), id, isHardy };
    },
  };
}

const ranTooLong = (timeoutMs: number): ((end: End) => boolean) =>
  rejectedWhere(TaskTimeoutError, (error) => error.phase === 'running' && error.timeoutMs === timeoutMs);
const nothingElse = (): ((end: End) => boolean) => () => false;

function timed(
  name: string,
  weight: number,
  timeoutMs: number,
  run: (scene: Scene, id: number, timeoutMs: number) => Promise<unknown>,
  isDeadly = false,
): Kind {
  return {
    name,
    weight,
    isDeadly,
    begin(scene): Work {
      const id = scene.newId();
      return { promise: run(scene, id, timeoutMs), mayBe: ranTooLong(timeoutMs), id };
    },
  };
}

export const endedKinds: readonly Kind[] = [
  {
    name: 'aborted before',
    weight: 3,
    begin(scene) {
      const id = scene.newId();
      const reason = reasonOf(scene);
      const promise = scene.pool.with({ signal: AbortSignal.abort(reason) }).run(tasks.tiny, id);
      return { promise, mayBe: rejectedWith(reason), id, isHardy: true, neverBegan: () => true };
    },
  },
  aborted(
    'aborted, tiny',
    4,
    ({ pool }, signal, id) => pool.with({ signal }).run(tasks.tiny, id),
    (id) => fulfilledWith(id + 1),
  ),
  aborted('aborted, heeds', 5, ({ pool }, signal, id) => pool.with({ signal }).run(tasks.heed, id, 20), fulfilledWith),
  aborted(
    'aborted, pauses on',
    4,
    ({ pool }, signal, id) => pool.with({ signal }).run(tasks.pause, id, 20),
    fulfilledWith,
  ),
  aborted('aborted, spins', 1, ({ pool }, signal, id) => pool.with({ signal }).run(tasks.spin, id, 20), fulfilledWith),
  aborted(
    'aborted, never ends',
    1,
    ({ pool }, signal, id) => pool.with({ signal }).run(tasks.never, id),
    nothingElse,
    // After the grace its worker is ended.
    { isDeadly: true },
  ),
  aborted(
    'aborted, large argument',
    0.5,
    ({ pool, chance }, signal, id) => {
      const bytes = tasks.pattern(between(chance, 1, 2e6), id);
      return pool
        .with({ signal })
        .run(tasks.sum, id, bytes)
        .then((sum) => sum === tasks.sumOf(bytes));
    },
    () => fulfilledWith(true),
  ),
  aborted(
    'aborted, retried',
    3,
    ({ pool }, signal, id) =>
      pool
        .with({ signal, retry: { attempts: 1_000, backoff: { initialMs: 1, maxMs: 20 } } })
        .run(tasks.succeedsAt, id, 1e9, 'throw'),
    nothingElse,
    { isHardy: true },
  ),
  aborted(
    'aborted, timed and retried',
    3,
    ({ pool }, signal, id) =>
      pool
        .with({ signal, timeoutMs: 5, retry: { attempts: 1_000, backoff: { initialMs: 1, maxMs: 5 } } })
        .run(tasks.heed, id, 1e6),
    nothingElse,
    { isHardy: true },
  ),
  {
    name: 'aborted after',
    weight: 3,
    begin(scene) {
      const id = scene.newId();
      const controller = new AbortController();
      const promise = scene.pool.with({ signal: controller.signal }).run(tasks.pause, id, 3);
      const abort = (): void => controller.abort(reasonOf(scene));
      promise.then(abort, abort);
      return { promise, mayBe: fulfilledWith(id), id };
    },
  },
  timed('timeout, heeds', 4, 20, ({ pool }, id, timeoutMs) => pool.with({ timeoutMs }).run(tasks.heed, id, 1e6)),
  {
    name: 'timeout, pauses on',
    weight: 2,
    begin({ pool, newId }) {
      const id = newId();
      const [timeoutMs, ms] = [5, 400];
      const since = performance.now();
      const promise = pool.with({ timeoutMs }).run(tasks.pause, id, ms);
      const isLate = ranTooLong(timeoutMs);
      // Where our own loop was held until it had ended, nobody could tell it to end.
      const wasUnheard = (end: End): boolean => fulfilledWith(id)(end) && heldMsSince(since) > ms / 2;
      return { promise, mayBe: anyOf(isLate, wasUnheard), id };
    },
  },
  timed('timeout, never ends', 1, 20, ({ pool }, id, timeoutMs) => pool.with({ timeoutMs }).run(tasks.never, id), true),
  timed(
    'timeout, spins',
    1,
    10,
    ({ pool }, id, timeoutMs) => pool.with({ timeoutMs }).run(tasks.spinForever, id),
    true,
  ),
  {
    name: 'timeout far away',
    weight: 4,
    begin({ pool, newId }) {
      const id = newId();
      return { promise: pool.with({ timeoutMs: 60_000 }).run(tasks.pause, id, 10), mayBe: fulfilledWith(id), id };
    },
  },
  {
    name: 'timeout while queued',
    weight: 4,
    begin({ pool, chance, newId }) {
      const id = newId();
      const queueTimeoutMs = between(chance, 1, 50);
      const isLate = rejectedWhere(
        TaskTimeoutError,
        (error) => error.phase === 'queued' && error.timeoutMs === queueTimeoutMs,
      );
      const promise = pool.with({ queueTimeoutMs }).run(tasks.pause, id, 2);
      return { promise, mayBe: anyOf(fulfilledWith(id), isLate), id, neverBegan: isLate };
    },
  },
  {
    name: 'hardy, timeout while queued',
    weight: 2,
    begin({ pool, chance, newId }) {
      const id = newId();
      const queueTimeoutMs = between(chance, 5, 50);
      const isLate = rejectedWhere(TaskTimeoutError, (error) => error.phase === 'queued');
      const promise = pool.with({ queueTimeoutMs, retry: hardy }).run(tasks.pause, id, 2);
      return { promise, mayBe: anyOf(fulfilledWith(id), isLate), id, isHardy: true };
    },
  },
];

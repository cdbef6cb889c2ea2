// Work that is tried again.
import { TaskTimeoutError, WorkerCrashedError, type RetryOptions, type RunOptions } from '../../../src/index.ts';
import * as tasks from '../tasks.ts';
import {
  anyOf,
  between,
  failedOnPurpose,
  fulfilledWhere,
  fulfilledWith,
  hardy,
  isCrash,
  rejectedWhere,
  type Kind,
} from '../work.ts';

const backoff = { initialMs: 1, maxMs: 20 };
/** Attempts that nobody uses up, whatever they fail with. */
const endless: RetryOptions = { attempts: 1_000, backoff };

/** A task that succeeds at its second attempt or a later one, and is tried until it does. */
function untilItSucceeds(
  name: string,
  weight: number,
  options: RunOptions,
  otherwise: 'throw' | 'wait' | 'exit' | 'ignore',
  isDeadly = false,
): Kind {
  return {
    name,
    weight,
    isDeadly,
    begin({ pool, chance, newId }) {
      const id = newId();
      const at = isDeadly ? 2 : between(chance, 2, 4);
      return {
        promise: pool.with({ retry: endless, ...options }).run(tasks.succeedsAt, id, at, otherwise),
        mayBe: fulfilledWhere((attempt) => typeof attempt === 'number' && attempt >= at),
        id,
        isHardy: true,
      };
    },
  };
}

export const retriedKinds: readonly Kind[] = [
  {
    name: 'hardy pause',
    weight: 12,
    begin({ pool, chance, newId }) {
      const id = newId();
      const promise = pool.with({ retry: hardy }).run(tasks.pause, id, between(chance, 0, 15));
      return { promise, mayBe: fulfilledWith(id), id, isHardy: true };
    },
  },
  {
    name: 'hardy tiny',
    weight: 12,
    begin({ pool, newId }) {
      const id = newId();
      return {
        promise: pool.with({ retry: hardy }).run(tasks.tiny, id),
        mayBe: fulfilledWith(id + 1),
        id,
        isHardy: true,
      };
    },
  },
  {
    name: 'hardy spin',
    weight: 2,
    begin({ pool, chance, newId }) {
      const id = newId();
      const promise = pool.with({ retry: hardy }).run(tasks.spin, id, between(chance, 1, 10));
      return { promise, mayBe: fulfilledWith(id), id, isHardy: true };
    },
  },
  {
    name: 'retried with a time',
    weight: 4,
    begin({ pool, newId }) {
      const id = newId();
      const promise = pool.with({ retry: hardy, timeoutMs: 60_000 }).run(tasks.pause, id, 10);
      return { promise, mayBe: fulfilledWith(id), id, isHardy: true };
    },
  },
  untilItSucceeds('retried error', 4, {}, 'throw'),
  untilItSucceeds('retried timeout', 3, { timeoutMs: 20 }, 'wait'),
  untilItSucceeds('retried crash', 1, {}, 'exit', true),
  untilItSucceeds('retried timeout, never ends', 0.5, { timeoutMs: 20 }, 'ignore', true),
  {
    name: 'retried error only',
    weight: 3,
    begin({ pool, newId }) {
      const id = newId();
      const runner = pool.with({ retry: { on: ['error'], attempts: 3, backoff } });
      return { promise: runner.run(tasks.succeedsAt, id, 3, 'throw'), mayBe: fulfilledWith(3), id };
    },
  },
  {
    name: 'retried in vain',
    weight: 3,
    begin({ pool, newId }) {
      const id = newId();
      const runner = pool.with({ retry: { on: ['error'], attempts: 2, backoff } });
      return { promise: runner.run(tasks.fail, id), mayBe: failedOnPurpose(id, 2), id };
    },
  },
  {
    name: 'retried timeout in vain',
    weight: 2,
    begin({ pool, newId }) {
      const id = newId();
      const runner = pool.with({ timeoutMs: 5, retry: { on: ['timeout'], attempts: 2, backoff } });
      const mayBe = rejectedWhere(TaskTimeoutError, ({ attempt, phase }) => attempt === 2 && phase === 'running');
      return { promise: runner.run(tasks.heed, id, 1e6), mayBe, id };
    },
  },
  {
    name: 'retried where a function says so',
    weight: 3,
    begin({ pool, newId }) {
      const id = newId();
      const on = (reason: unknown): boolean => reason instanceof WorkerCrashedError;
      const runner = pool.with({ retry: { on, attempts: 1_000, backoff } });
      return { promise: runner.run(tasks.fail, id), mayBe: (end) => isLaterFailure(id, end), id, isHardy: true };
    },
  },
  {
    name: 'retried crash in vain',
    weight: 1,
    isDeadly: true,
    begin({ pool, newId }) {
      const id = newId();
      const runner = pool.with({ retry: { on: ['crash'], attempts: 2, backoff } });
      const mayBe = anyOf((end) => end.status === 'rejected' && isCrash(end.reason));
      return { promise: runner.run(tasks.exit, id, 1), mayBe, id };
    },
  },
];

/** It fails on purpose, at whatever attempt. */
function isLaterFailure(id: number, end: PromiseSettledResult<unknown>): boolean {
  if (end.status !== 'rejected') return false;
  const { attempt } = end.reason as { attempt?: number };
  return failedOnPurpose(id, attempt)(end);
}

// The options of `with`, bound once and shared by every task of that runner.
import { InvalidOptionError } from '../errors.ts';
import { arrayEntries } from '../task/arrays.ts';
import type { Transferable } from '../task/context.ts';
import { isSignal } from '../task/is-signal.ts';
import type { Key, Reporter, TaskOptions } from '../task/submission.ts';
import { checkOptions, isDuration, isObject, takesDuration, type Checks } from './check-options.ts';
import { anyOf } from './any-signal.ts';
import { retryPolicy, type RetryOptions } from './retry.ts';
import { whyNotTransferable } from '../task/transferable.ts';

/** What tasks are bound to, by {@link Runner.with}. */
export interface RunOptions {
  /**
   * Buffers of the arguments to move instead of copy; they are empty here afterwards. Between threads that takes next to no time
   * (100 MB about 8 ms, where a copy takes about 160). Over processes nothing can move: they are copied, and emptied all the same.
   */
  readonly transfer?: readonly Transferable[];
  /**
   * Cancels: what waits never runs; what runs is told by its own `context().signal`, and is waited for. Rejects with `signal.reason`
   * itself. A task that has not ended `graceMs` later takes its worker down. Where `with` is called on a runner that has a signal already, either cancels.
   * An aborted one starts nothing.
   */
  readonly signal?: AbortSignal;
  /**
   * How long each attempt may run, in milliseconds, from its own start and not from the call. Then it is told to end as by `signal`,
   * and rejects with a {@link TaskTimeoutError} when it has, whatever it returns. Where runners are nested the shorter one counts.
   */
  readonly timeoutMs?: number;
  /** How long each attempt may wait to be given to a worker, in milliseconds. Then it rejects with a {@link TaskTimeoutError} and never runs. Where runners are nested the shorter one counts. */
  readonly queueTimeoutMs?: number;
  /**
   * Tasks of a higher one are started first; those of the same, first come, first served. A whole number, also below zero. Default: 0. Nothing waits for ever: after
   * 16 tasks that came later and were preferred, the one that has waited longest is next. It orders what waits in the pool, and takes nothing back from workers.
   */
  readonly priority?: number;
  /**
   * Tasks of one key run in one worker, so that they share what that keeps in memory: a cache, a connection. A key stays with its worker until that is gone,
   * and then moves to another. The pool remembers 10 000 keys, and all that have tasks. They wait for their worker, also where others have nothing to do.
   */
  readonly key?: Key;
  /** Whether what fails is tried again. Default: it is not. The task may have had an effect before it failed, so it must be one that can run twice. */
  readonly retry?: RetryOptions;
  /**
   * Hears what tasks tell by `context().report(value)` while they run: in order, and before what the task comes to. Called synchronously;
   * what it throws ends the task and is what that rejects with.
   */
  readonly onReport?: (value: unknown, by: Reporter) => void;
}

const checks: Checks<RunOptions> = {
  transfer(value) {
    return Array.isArray(value) ? undefined : 'takes an array of ArrayBuffers (`array.buffer`) or MessagePorts';
  },
  signal: (value) => (isSignal(value) ? undefined : 'takes an AbortSignal'),
  timeoutMs: (value) => (isDuration(value) ? undefined : takesDuration),
  queueTimeoutMs: (value) => (isDuration(value) ? undefined : takesDuration),
  priority: (value) => (Number.isSafeInteger(value) ? undefined : 'takes a whole number'),
  key: (value) => (typeof value === 'string' || Number.isFinite(value) ? undefined : 'takes a string or a number'),
  onReport: (value) => (typeof value === 'function' ? undefined : 'takes a function'),
  retry: (value) => (isObject(value) ? undefined : 'takes { attempts, on, backoff }'),
};

/** Checks options and adds them to those that are bound already: signals add up, the shorter time counts, otherwise the nearer one wins. */
export function bindOptions(bound: TaskOptions, options: RunOptions): TaskOptions {
  const given = checkOptions('with()', checks, options);
  const both = Object.freeze({
    ...bound,
    transfer: given.transfer === undefined ? bound.transfer : checkTransfer(given.transfer),
    signal: given.signal === undefined ? bound.signal : bothSignals(bound.signal, given.signal),
    timeoutMs: shorter(bound.timeoutMs, given.timeoutMs),
    queueTimeoutMs: shorter(bound.queueTimeoutMs, given.queueTimeoutMs),
    retry: given.retry === undefined ? bound.retry : retryPolicy(given.retry),
    onReport: given.onReport ?? bound.onReport,
    priority: given.priority ?? bound.priority,
    key: given.key ?? bound.key,
  });
  if (both.transfer !== undefined && both.retry !== undefined) {
    throw new InvalidOptionError(
      'retry',
      '`retry` and `transfer` exclude each other: what was moved to a worker is gone, and cannot be sent a second time. Leave `transfer` out, so that it is copied.',
    );
  }
  return both;
}

function checkTransfer(transfer: readonly Transferable[]): readonly Transferable[] {
  for (const [at, buffer] of arrayEntries(transfer)) {
    const why = whyNotTransferable(buffer);
    if (why !== undefined) throw new InvalidOptionError('transfer', `\`transfer[${at}]\` ${why}.`);
  }
  // What is named twice is moved once, over every kind.
  const once = new Set(transfer);
  return once.size === transfer.length ? transfer : [...once];
}

function bothSignals(bound: AbortSignal | undefined, signal: AbortSignal): AbortSignal {
  return bound === undefined || bound === signal ? signal : anyOf([bound, signal]);
}

function shorter(bound: number | undefined, given: number | undefined): number | undefined {
  const ms = Math.min(bound ?? Infinity, given ?? Infinity);
  return ms === Infinity ? undefined : ms;
}

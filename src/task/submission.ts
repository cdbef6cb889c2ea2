// A submission: what was submitted at once, and waits and travels together. One task (`run`), or consecutive tasks of one
// function (a stretch of a `map`); each task in it has its own id and its own outcome. It is in exactly one place: the
// queue, one worker host's in-flight table, or settled. Where its tasks must part, it is split.
import type { Scope } from './async-context.ts';
import type { Transferable } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { FunctionReference } from './task-function.ts';

/** How an attempt that had started has failed: it threw; it ran for too long; its worker died under it. */
export type FailureKind = 'error' | 'timeout' | 'crash';

/** Whether a task that failed is tried again. */
export interface RetryPolicy {
  /** How long to wait before the next attempt, after this one has failed; undefined where there is no next one. */
  delayMs(attempt: number, kind: FailureKind, reason: unknown): number | undefined;
}

/**
 * Options that are bound once, by `with`, and shared by every task of that runner. Each of these objects has all of them, for what
 * it does not have itself a program may have put on `Object.prototype`.
 */
export interface TaskOptions {
  readonly transfer: readonly Transferable[] | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly queueTimeoutMs: number | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly onReport: ((value: unknown, by: Reporter) => void) | undefined;
  readonly priority: number | undefined;
  readonly key: Key | undefined;
  /** The async context of the call, where code of the caller's runs later for it. Not bound but added to a copy, for each call. */
  readonly scope: Scope | undefined;
  /** What was captured where the task was submitted, as it crosses. Not bound but added to a copy, for each call. */
  readonly carried: readonly [form: 0 | 1, body: unknown] | undefined;
}

/** What tasks have in common that are to run in one worker. */
export type Key = string | number;

/** Who reports: the task, and which attempt at it. */
export interface Reporter {
  readonly taskId: number;
  readonly attempt: number;
}

/** What can cross to workers of one kind. */
export interface Crossing {
  /** SharedArrayBuffers can. */
  readonly sharesMemory: boolean;
  /** The most bytes of one value. */
  readonly mostBytes: number;
}

/** The attempt at a task that is fed now: takes values for one of its channels, unless it has ended. */
export interface FeedPort {
  /** The same object for all channels of one attempt. */
  readonly attempt: object;
  readonly crossing: Crossing;
  send(payload: unknown[], forms: (0 | 1)[] | undefined, end?: 'done' | 'failed'): void;
}

/** Where the values of one channel of a task come from. */
export interface Feeder {
  /** The task takes so many more values; 0: it takes no more. */
  want(count: number, port: FeedPort): void;
  /** Values were taken from it, so that another attempt would not get the same. */
  readonly isSpent: boolean;
}

export const noOptions: TaskOptions = Object.freeze({
  transfer: undefined,
  signal: undefined,
  timeoutMs: undefined,
  queueTimeoutMs: undefined,
  retry: undefined,
  onReport: undefined,
  priority: undefined,
  key: undefined,
  scope: undefined,
  carried: undefined,
});

/** True where each task must be a submission of its own, for it may be ended or tried again alone. */
export function livesAlone({ timeoutMs, queueTimeoutMs, retry, onReport, key }: TaskOptions): boolean {
  const isTimed = timeoutMs !== undefined || queueTimeoutMs !== undefined;
  return isTimed || retry !== undefined || onReport !== undefined || key !== undefined;
}

/**
 * The life of a submission, changed only by who holds it. `cancelling`: it runs, and was told to end. `backingOff`: it
 * failed, and waits for its next attempt. `quarantined`: a worker died under it, and it waits for one of its own. `moving`: it
 * was taken out of where it waited, by somebody who is about to put it elsewhere, or to settle it where it is `cancelled` meanwhile.
 */
export type SubmissionState =
  | 'new'
  | 'queued'
  | 'moving'
  | 'inFlight'
  | 'cancelling'
  | 'backingOff'
  | 'quarantined'
  | 'settled';

/** Why running tasks were told to end: somebody wanted that, or they ran for too long. */
export interface Cancelled {
  readonly reason: unknown;
  readonly isTimeout: boolean;
  /** When its worker was told, in milliseconds of the pool's clock; undefined where none was. */
  readonly toldAt?: number;
}

/** What has befallen the workers of a submission. */
export interface Mishaps {
  /** How many died while they loaded its function. */
  deathsAtLoad: number;
  /** One died while it ran, and whose doing that was is not known. */
  isSuspect: boolean;
}

/** When something must be done about a submission, in milliseconds on the clock of `performance.now()`. */
export interface Due {
  readonly submission: Submission;
  atMs: number;
  /** Where it stands among all such times; -1 where nothing must be done for now. */
  place: number;
  /** When it came into the queue. */
  queuedAtMs: number;
}

/**
 * A class with methods, not a bag of callbacks: one is made for every call of `run`, so it must cost one object and no
 * closure; and a million items of a map must not cost an object each.
 */
export abstract class Submission {
  readonly fn: FunctionReference;
  readonly options: TaskOptions;
  /** How many arguments each of its tasks has. */
  readonly arity: number;
  state: SubmissionState = 'new';
  /** How many tasks it is; they are counted from 0. */
  count: number;
  /** How many of them have not ended. */
  left: number;
  /** Of its first task, given by the pool that accepts it, counted from 1; the others follow. */
  id = 0;
  attempt = 1;
  /** What has befallen its workers; undefined for most, for a field more would cost each of them. */
  mishaps: Mishaps | undefined = undefined;
  /** Why its tasks were told to end, if they were. */
  cancelled: Cancelled | undefined = undefined;
  /** When it came to wait, on the clock of `queueClock`. */
  queuedAt = 0;
  /** When something must be done about it; for most there is no such time, and it would cost each of them a number on the heap. */
  due: Due | undefined = undefined;
  /** Where it is in flight: the number of the run that carries it, and the place in it of its first task. While it waits for one worker and no other, the place is that worker's id. */
  run = -1;
  place = 0;

  constructor(fn: FunctionReference, options: TaskOptions, arity: number, count: number) {
    this.fn = fn;
    this.options = options;
    this.arity = arity;
    this.count = count;
    this.left = count;
  }

  /** Its tasks may be taken back from a worker and given to another, where they have not started. */
  get mayMove(): boolean {
    return this.options.transfer === undefined && this.options.key === undefined;
  }

  /** It is submitted only where there is room for it, so it is never refused for want of that. */
  get waitsForRoom(): boolean {
    return false;
  }

  /** How many values its task may yield before the reader has taken any; 0 where it yields none. */
  get yieldsAhead(): number {
    return 0;
  }

  /** A task of it may run a second time; not so where somebody has seen a part of what it came to. */
  get mayRunAgain(): boolean {
    return true;
  }

  /** The messages to its task, where its caller can send some. */
  get inbox(): Feeder | undefined {
    return undefined;
  }

  /** A task has yielded a value, or that value is missing for a reason; `isWaiting`: it may yield no more before the reader has taken some. */
  yielded(_value: Outcome, _isWaiting: boolean): void {
    // Only streams are read.
  }

  /** A task that was told to end has, and came to this, which nobody is told of any more. */
  endedUnheard(_at: number, _outcome: Outcome): void {
    // For most that is all.
  }

  /** What a task is called with: where the arity is 1 that argument itself, otherwise the list of them. */
  abstract argumentsOf(at: number): unknown;

  /** None of its tasks was accepted: the pool takes no more. */
  refused(reason: unknown): void {
    const { count } = this;
    for (let at = 0; at < count; at++) {
      this.left--;
      this.settle(at, { ok: false, error: reason });
    }
  }

  /** Called once for each task that did not simply fulfil, with how it ended. */
  abstract settle(at: number, outcome: Outcome): void;

  /** Called once for tasks that fulfilled, from `at` on: their values stand in `values` from `from` to before `to`. */
  abstract fulfil(at: number, values: readonly unknown[], from: number, to: number): void;

  /** Cuts off the tasks from `at` on, of which none has ended, as a submission of their own. This one keeps those before. */
  splitOff(at: number): Submission {
    const tail = this.tail(at);
    tail.state = this.state;
    tail.id = this.id + at;
    tail.attempt = this.attempt;
    if (this.mishaps !== undefined) tail.mishaps = { ...this.mishaps };
    tail.cancelled = this.cancelled;
    tail.queuedAt = this.queuedAt;
    if (this.due !== undefined) tail.due = { ...this.due, submission: tail, place: -1 };
    tail.run = this.run;
    tail.place = this.place + at;
    this.count = at;
    this.left -= tail.count;
    // All that stay may have ended before.
    if (this.left === 0) this.over();
    return tail;
  }

  /** None of its tasks is left, and no outcome follows that would say so. */
  protected over(): void {
    this.state = 'settled';
  }

  /** A submission of the tasks from `at` on. */
  protected abstract tail(at: number): Submission;
}

// What the pool owes: tasks that it has accepted, until each is settled, once. The only place where accepted tasks are settled:
// what has ended stands in no table and no queue any more, so nobody can settle it again.
import { closeUnsent } from '../runner/unsent.ts';
import { arrayPush, arraySplice } from '../task/arrays.ts';
import { throwApart } from '../task/foreign.ts';
import type { Outcome } from '../task/outcome.ts';
import { NativePromise, promiseThen, resolved } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import { taskChannel } from './channels.ts';
import type { Sources } from './feeding.ts';
import type { Deadlines } from './deadlines.ts';
import { KeepAlive } from './keep-alive.ts';
import type { Keys } from './keys.ts';
import type { TaskTraces } from './traces.ts';

export class Accounts {
  submitted = 0;
  fulfilled = 0;
  failed = 0;
  /** The pool was terminated: nothing is tried again. */
  terminated: { readonly reason: unknown } | undefined;
  readonly keepAlive = new KeepAlive();
  readonly #deadlines: Deadlines;
  readonly #keys: Keys;
  readonly #traces: TaskTraces;
  readonly sources: Sources;
  #whenIdle: (() => void)[] = [];

  constructor(deadlines: Deadlines, keys: Keys, traces: TaskTraces, sources: Sources) {
    this.sources = sources;
    this.#traces = traces;
    this.#deadlines = deadlines;
    this.#keys = keys;
  }

  get pending(): number {
    return this.submitted - this.fulfilled - this.failed;
  }

  /** Takes responsibility for tasks. */
  accept(submission: Submission): void {
    const { count, options } = submission;
    submission.id = this.submitted + 1;
    this.submitted += count;
    if (options.key !== undefined) this.#keys.accepted(options.key);
    if (this.pending === count) this.keepAlive.hold();
  }

  /** Tells of accepted tasks, which wait by now: whoever hears of them may cancel them. */
  tell(submission: Submission): void {
    if (taskChannel.hasSubscribers) this.#traces.accepted(submission);
  }

  /** Settles tasks for which no responsibility was taken. */
  refuse(submission: Submission, refusal: unknown): void {
    submission.state = 'settled';
    for (let at = 0; at < submission.count; at++) closeUnsent(submission.argumentsOf(at), submission);
    submission.refused(refusal);
  }

  /** Tasks have ended with values. */
  fulfil(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void {
    submission.left -= to - from;
    this.fulfilled += to - from;
    const closing = submission.left === 0 ? this.#ended(submission) : undefined;
    if (this.#traces.areKept) this.#traces.fulfilled(submission.id + at, values, from, to);
    if (closing === undefined) fulfil(submission, at, values, from, to);
    else fulfilAfter(closing, submission, at, values, from, to);
    if (this.pending === 0) this.#idle();
  }

  settle(submission: Submission, at: number, outcome: Outcome): void {
    submission.left--;
    if (outcome.ok) this.fulfilled++;
    else this.failed++;
    const closing = submission.left === 0 ? this.#ended(submission) : undefined;
    if (!outcome.ok && submission.run < 0) closeUnsent(submission.argumentsOf(at), submission);
    this.#traces.settled(submission.id + at, outcome);
    if (closing === undefined) settle(submission, at, outcome);
    else settleAfter(closing, submission, at, outcome);
    if (this.pending === 0) this.#idle();
  }

  /** Settles tasks of which none has ended. */
  settleAll(submission: Submission, outcome: Outcome): void {
    const { count } = submission;
    if (count > 1) this.#over(submission);
    for (let at = 0; at < count; at++) this.settle(submission, at, outcome);
  }

  whenIdle(): Promise<void> {
    return this.pending === 0 ? resolved() : new NativePromise((resolve) => arrayPush(this.#whenIdle, resolve));
  }

  /** The last of its tasks has. Where sources of it are being closed, which its caller should find closed: when they are. */
  #ended(submission: Submission): Promise<unknown> | undefined {
    this.#over(submission);
    if (submission.options.key !== undefined) this.#keys.ended(submission.options.key);
    return this.sources.settled(submission);
  }

  #over(submission: Submission): void {
    submission.state = 'settled';
    this.#deadlines.clear(submission);
  }

  #idle(): void {
    this.keepAlive.release();
    for (const resolve of arraySplice(this.#whenIdle, 0)) resolve();
  }
}

// Apart, for what a closure holds on to would be made for every task.

function fulfilAfter(
  closing: Promise<unknown>,
  submission: Submission,
  at: number,
  values: readonly unknown[],
  from: number,
  to: number,
): void {
  void promiseThen(closing, () => fulfil(submission, at, values, from, to));
}

function settleAfter(closing: Promise<unknown>, submission: Submission, at: number, outcome: Outcome): void {
  void promiseThen(closing, () => settle(submission, at, outcome));
}

/** What this throws has nothing to do with other tasks, nor with their worker. */
function fulfil(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void {
  try {
    submission.fulfil(at, values, from, to);
  } catch (error) {
    throwApart(error);
  }
}

function settle(submission: Submission, at: number, outcome: Outcome): void {
  try {
    submission.settle(at, outcome);
  } catch (error) {
    throwApart(error);
  }
}

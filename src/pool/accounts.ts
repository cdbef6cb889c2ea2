// What the pool owes: tasks that it has accepted, until each is settled, once. The only place where accepted tasks are settled:
// what has ended stands in no table and no queue any more, so nobody can settle it again.
import { throwApart } from '../task/foreign.ts';
import type { Outcome } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import { taskChannel } from './channels.ts';
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
  #whenIdle: (() => void)[] = [];

  constructor(deadlines: Deadlines, keys: Keys, traces: TaskTraces) {
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
    submission.refused(refusal);
  }

  /** Tasks have ended with values. */
  fulfil(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void {
    submission.left -= to - from;
    this.fulfilled += to - from;
    if (submission.left === 0) this.#ended(submission);
    if (this.#traces.areKept) this.#traces.fulfilled(submission.id + at, values, from, to);
    try {
      submission.fulfil(at, values, from, to);
    } catch (error) {
      // Neither the other tasks nor their worker have anything to do with it.
      throwApart(error);
    }
    if (this.pending === 0) this.#idle();
  }

  settle(submission: Submission, at: number, outcome: Outcome): void {
    submission.left--;
    if (outcome.ok) this.fulfilled++;
    else this.failed++;
    if (submission.left === 0) this.#ended(submission);
    this.#traces.settled(submission.id + at, outcome);
    try {
      submission.settle(at, outcome);
    } catch (error) {
      throwApart(error);
    }
    if (this.pending === 0) this.#idle();
  }

  /** Settles tasks of which none has ended. */
  settleAll(submission: Submission, outcome: Outcome): void {
    this.#over(submission);
    const { count } = submission;
    for (let at = 0; at < count; at++) this.settle(submission, at, outcome);
  }

  whenIdle(): Promise<void> {
    return this.pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** The last of its tasks has. */
  #ended(submission: Submission): void {
    this.#over(submission);
    if (submission.options.key !== undefined) this.#keys.ended(submission.options.key);
  }

  #over(submission: Submission): void {
    submission.state = 'settled';
    this.#deadlines.clear(submission);
  }

  #idle(): void {
    this.keepAlive.release();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

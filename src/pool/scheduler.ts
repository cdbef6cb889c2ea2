// Fills `submit` on this machine. A task is in exactly one place: the queue, one worker host's table, or settled.
//
//     submit --> queue --dispatch--> worker host --outcome--> settled
//                  ^---- not started, and ----'
//                        its worker died, was held, or had too many
//
// Decisions are made in credit.ts, dispatch.ts, scale.ts and breaker.ts, which know no clock and wait for nothing.
import { NestedPoolError, PoolClosedError, TaskNotFoundError } from '../errors.ts';
import type { Submitter } from '../runner/submitter.ts';
import { failed, type Outcome } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { WorkerExit } from '../transport/transport.ts';
import { windowAhead } from './credit.ts';
import { Cancellations } from './cancellations.ts';
import { crashError, deathAtLoad, loadError, startError } from './death.ts';
import { Dispatcher } from './dispatcher.ts';
import { KeepAlive } from './keep-alive.ts';
import { refuseRunaway } from './nesting.ts';
import type { PoolSettings } from './options.ts';
import { PinnedCall } from './pinned-call.ts';
import type { PoolState, PoolStats } from './stats.ts';
import { Workers } from './workers.ts';
import type { WorkerHost } from './worker-host.ts';

/** Workers may die while they load a module, killed by whoever; this often it is taken for the module's doing. */
const deathsForgiven = 3;

export class Scheduler implements Submitter {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  readonly #dispatcher: Dispatcher;
  readonly #cancellations: Cancellations;
  readonly #keepAlive = new KeepAlive();
  #state: PoolState = 'open';
  #submitted = 0;
  #fulfilled = 0;
  #failed = 0;
  #whenIdle: (() => void)[] = [];

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#cancellations = new Cancellations(settings.graceMs, (submission) => this.#overdue(submission));
    this.#workers = new Workers(settings, {
      onRoom: () => this.#dispatcher.planIfAnyWaits(),
      onFulfilled: (submission, at, values, from, to) => this.#fulfil(submission, at, values, from, to),
      onOutcome: (host, submission, at, outcome, isLoadFailure) =>
        this.#ended(host, submission, at, outcome, isLoadFailure),
      onGivenBack: (submissions) => this.#putBack(submissions),
      onGone: (host, exit) => this.#gone(host, exit),
      onHopeless: (error) => this.#failWaiting(error),
    });
    this.#dispatcher = new Dispatcher(this.#workers, settings.concurrency);
  }

  windowFor(fn: FunctionReference): number {
    const { maxWorkers, concurrency } = this.#settings;
    return Math.max(
      2 * maxWorkers * concurrency,
      windowAhead(this.#workers.hosts.map((host) => host.tasks.creditOf(fn))),
    );
  }

  submit(submission: Submission): void {
    if (this.#accept(submission)) this.#dispatcher.push(submission);
  }

  /** One task for each worker; starts them where there are none. */
  submitToEach(makeTask: () => PinnedCall): PinnedCall[] {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      const task = makeTask();
      task.settle(0, failed(refusal));
      return [task];
    }
    const { hosts } = this.#workers;
    if (hosts.length < this.#settings.minWorkers) this.#workers.grow(1);
    if (hosts.length === 0 && this.#workers.refusal === undefined) this.#workers.startOne();
    if (hosts.length === 0) {
      const task = makeTask();
      task.settle(0, failed(this.#workers.refusal));
      return [task];
    }
    return hosts.map((host) => {
      const task = makeTask();
      if (this.#accept(task)) this.#dispatcher.pin(task, host);
      return task;
    });
  }

  cancel(submission: Submission, reason: unknown): void {
    if (submission.state === 'queued') {
      this.#dispatcher.forget(submission);
      this.#settleAll(submission, failed(reason));
    } else if (submission.state === 'inFlight') {
      const host = this.#workers.hosts.find((candidate) => candidate.tasks.holds(submission));
      if (host?.tasks.takeBack(submission) === true) {
        this.#settleAll(submission, failed(reason));
        return;
      }
      submission.cancelled = { reason };
      // Where its worker is gone it is about to be put back, and settled there.
      if (host === undefined) return;
      this.#cancellations.add(submission);
      host.tasks.cancel(submission, reason);
    }
  }

  stats(): PoolStats {
    const { hosts } = this.#workers;
    return {
      name: this.#settings.name,
      kind: this.#settings.kind,
      state: this.#state,
      queued: this.#dispatcher.waiting,
      inFlight: hosts.reduce((sum, host) => sum + host.tasks.size, 0),
      submitted: this.#submitted,
      fulfilled: this.#fulfilled,
      failed: this.#failed,
      workers: hosts.map(({ id, pid, state, tasks }) => ({ id, pid, state, inFlight: tasks.size, ended: tasks.ended })),
    };
  }

  /** Refuses new tasks, waits for all that were accepted, then lets the workers tear down and end. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#keepAlive.hold();
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    await this.#workers.stop();
    this.#state = 'closed';
    this.#keepAlive.end();
  }

  /** Ends everything now. What had not ended is rejected with the reason. */
  async terminate(reason: unknown): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#keepAlive.hold();
    this.#dispatcher.stop();
    const pinned = this.#workers.hosts.flatMap((host) => this.#dispatcher.unpin(host));
    const discarded = this.#workers.hosts.flatMap((host) => host.discard());
    this.#cancellations.clear();
    this.#failWaiting(reason);
    for (const submission of pinned) this.#settleAll(submission, failed(reason));
    for (const [submission, at] of discarded) this.#settle(submission, at, failed(reason));
    await this.#workers.kill();
    this.#state = 'closed';
    this.#keepAlive.end();
  }

  get #pending(): number {
    return this.#submitted - this.#fulfilled - this.#failed;
  }

  /** Takes responsibility for tasks; refused ones are settled. */
  #accept(submission: Submission): boolean {
    const refusal = this.#refusal();
    const { count } = submission;
    if (refusal !== undefined) {
      submission.state = 'settled';
      for (let at = 0; at < count; at++) {
        submission.left--;
        submission.settle(at, failed(refusal));
      }
      return false;
    }
    submission.id = this.#submitted + 1;
    this.#submitted += count;
    if (this.#pending === count) this.#keepAlive.hold();
    return true;
  }

  /** Why no task is accepted; undefined where tasks are. */
  #refusal(): unknown {
    if (this.#state !== 'open') return this.#closedError();
    try {
      refuseRunaway();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #closedError(): PoolClosedError {
    return new PoolClosedError(`The pool '${this.#settings.name}' is ${this.#state} and takes no new tasks.`);
  }

  /** Tasks that a worker was given and has not started wait again, as if nothing had been. */
  #putBack(submissions: readonly Submission[]): void {
    for (const submission of submissions.toReversed()) {
      if (submission.cancelled === undefined) this.#dispatcher.putBack(submission);
      else this.#settleAll(submission, failed(submission.cancelled.reason));
    }
  }

  #ended(host: WorkerHost, submission: Submission, at: number, outcome: Outcome, isLoadFailure: boolean): void {
    if (outcome.ok) this.#settle(submission, at, outcome);
    else if (submission.cancelled !== undefined) this.#settle(submission, at, failed(submission.cancelled.reason));
    else if (isLoadFailure && !(outcome.error instanceof TaskNotFoundError)) {
      this.#settle(submission, at, failed(loadError(host, this.#settings.kind, submission.fn.url, outcome.error)));
    } else this.#settle(submission, at, outcome);
  }

  #fulfil(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void {
    submission.left -= to - from;
    this.#fulfilled += to - from;
    if (submission.left === 0) this.#over(submission);
    submission.fulfil(at, values, from, to);
    if (this.#pending === 0) this.#idle();
  }

  /** Each task is settled once: what has ended stands in no table and no queue any more. */
  #settle(submission: Submission, at: number, outcome: Outcome): void {
    submission.left--;
    if (outcome.ok) this.#fulfilled++;
    else this.#failed++;
    if (submission.left === 0) this.#over(submission);
    submission.settle(at, outcome);
    if (this.#pending === 0) this.#idle();
  }

  /** Settles tasks of which none has ended. */
  #settleAll(submission: Submission, outcome: Outcome): void {
    submission.state = 'settled';
    const { count } = submission;
    for (let at = 0; at < count; at++) this.#settle(submission, at, outcome);
  }

  #over(submission: Submission): void {
    submission.state = 'settled';
    if (submission.cancelled !== undefined) this.#cancellations.forget(submission);
  }

  #idle(): void {
    if (this.#state === 'open') this.#keepAlive.release();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** A worker is gone. What it had not started runs elsewhere, as if nothing had been; what it had started failed. */
  #gone(host: WorkerHost, exit: WorkerExit): void {
    const { started, unstarted } = host.tasks.takeUnsettled();
    const pinned = this.#dispatcher.unpin(host);
    let successor: WorkerHost | undefined;
    const repin = (task: Submission): void => {
      // A broadcast counts for the worker that takes the dead one's place, which is one for all of them.
      if (!host.wasReady || this.#workers.refusal !== undefined) {
        this.#settleAll(task, failed(startError(host, this.#settings.kind, exit)));
      } else this.#dispatcher.pin(task, (successor ??= this.#workers.startOne()));
    };
    // The unstarted first: what the failure of the others leads to may be that these are cancelled.
    for (const submission of unstarted.toReversed()) this.#moveOn(submission, host, exit, repin);
    for (const task of pinned) repin(task);
    const ids = started.map(([{ id }, at]) => id + at);
    for (const [submission, at] of started) {
      const { reason } = submission.cancelled ?? { reason: crashError(host, this.#settings.kind, exit, ids) };
      this.#settle(submission, at, failed(reason));
    }
  }

  /** Tasks that a dead worker had and never started. */
  #moveOn(submission: Submission, host: WorkerHost, exit: WorkerExit, repin: (task: Submission) => void): void {
    if (submission.cancelled === undefined && this.#diesAtLoad(submission, host)) {
      this.#settleAll(submission, failed(deathAtLoad(host, this.#settings.kind, exit, submission.fn.url)));
    } else if (submission.cancelled === undefined && submission instanceof PinnedCall) repin(submission);
    else this.#putBack([submission]);
  }

  /** True where it must be the module of the task that kills its workers: or they would be replaced for ever. */
  #diesAtLoad(submission: Submission, host: WorkerHost): boolean {
    if (!host.wasReady || host.tasks.hasLoaded(submission.fn)) return false;
    return ++submission.deathsAtLoad >= deathsForgiven || host.lastWords?.reason instanceof NestedPoolError;
  }

  #failWaiting(reason: unknown): void {
    for (const submission of this.#dispatcher.drain()) this.#settleAll(submission, failed(reason));
  }

  /** It was told to end and did not. Its worker is ended for it; inline there is none to end. */
  #overdue(submission: Submission): void {
    const host = this.#workers.hosts.find((candidate) => candidate.tasks.holds(submission));
    if (host === undefined) return;
    if (this.#settings.kind !== 'inline') {
      host.kill();
      return;
    }
    for (const at of host.tasks.abandon(submission)) this.#settle(submission, at, failed(submission.cancelled?.reason));
    this.#dispatcher.plan();
  }
}

// Fills `submit` on this machine. A task is in exactly one place: the queue, one worker host's table, or settled; or, where it
// may be tried again, it backs off, or waits in quarantine.
//
//     submit --> queue --dispatch--> worker host --outcome--> settled
//                 ^ ^---- not started, and ----'  |
//                 |       its worker died, was    | failed, and
//                 |       held, or had too many   | may be tried again
//                 '------- backing off <----------'
//                              '--> quarantine, where its worker died under it
//
// Decisions are made in credit.ts, dispatch.ts, scale.ts and breaker.ts, which know no clock and wait for nothing.
import { TaskNotFoundError } from '../errors.ts';
import type { Refusables, Submitter } from '../runner/submitter.ts';
import { arrayFind, arrayFlatMap, arrayMap, arrayToReversed } from '../task/arrays.ts';
import { isA } from '../task/foreign.ts';
import { failed, type Outcome } from '../task/outcome.ts';
import { performance, queueMicrotask } from '../task/platform.ts';
import type { Crossing, Submission, TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { Accounts } from './accounts.ts';
import { Admission } from './admission.ts';
import { Aftermath } from './aftermath.ts';
import type { TaskOf } from './begun.ts';
import { Cancelling } from './cancelling.ts';
import { windowAhead } from './credit.ts';
import { Deadlines } from './deadlines.ts';
import { Decoding } from './decoding.ts';
import { loadError } from './death.ts';
import { Keys } from './keys.ts';
import { Dispatcher } from './dispatcher.ts';
import { Idle } from './idle.ts';
import { inspectPool } from './inspect.ts';
import { Listening } from './listening.ts';
import type { PoolSettings } from './options.ts';
import type { PinnedCall } from './pinned-call.ts';
import { captured } from './propagation.ts';
import { Quarantine } from './quarantine.ts';
import { refusalOf } from './refusal.ts';
import { Retrying } from './retrying.ts';
import { Spoiled } from './spoiled.ts';
import { poolStats, type PoolParts, type PoolState, type PoolStats } from './stats.ts';
import { Watch } from './watch.ts';
import { Workers } from './workers.ts';
import type { WorkerHost } from './worker-host.ts';

export class Scheduler implements Submitter {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  readonly #watch: Watch;
  readonly #idle: Idle;
  readonly #decoding: Decoding;
  readonly #listening: Listening;
  readonly #spoiled = new Spoiled();
  readonly #deadlines: Deadlines;
  readonly #accounts: Accounts;
  readonly #dispatcher: Dispatcher;
  readonly #admission: Admission;
  readonly #quarantine: Quarantine;
  readonly #retrying: Retrying;
  readonly #cancelling: Cancelling;
  readonly #aftermath: Aftermath;
  readonly crossing: Crossing;
  #state: PoolState = 'open';

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.crossing = settings.crossing;
    this.#workers = new Workers(settings, {
      onStart: () => {
        this.#watch.wake();
        // It is not among the workers yet.
        queueMicrotask(() => this.#idle.wake());
      },
      onRoom: () => this.#hearRoom(),
      onFulfilled: (submission, at, values, from, to) => this.#fulfil(submission, at, values, from, to),
      onRan: (submission, ranMs, wasTold) => this.#cancelling.judge(submission, ranMs, wasTold),
      onTooLate: (submission) => this.#cancelling.cameTooLate(submission),
      onSaid: (task, said, form, body, error) => this.#listening.hear(task, said, form, body, error),
      onEnd: (host, task, kind, body, payloadError) =>
        this.#decoding.decode(task, kind, body, payloadError, (outcome, isLoadFailure) =>
          this.#ended(host, task, outcome, isLoadFailure),
        ),
      onFailed: (host, task, reason, isLoadFailure) => this.#ended(host, task, failed(reason), isLoadFailure),
      onGivenBack: (submissions) => this.#putBack(submissions),
      onGone: (host, exit) => this.#aftermath.gone(host, exit),
      onHopeless: (error) => this.#failWaiting(error),
    });
    this.#watch = new Watch(settings, this.#workers, {
      hasWork: () => this.#accounts.pending > 0,
      // What waits would only wait for the same module, one after the other.
      onNotLoaded: (host, fn, reason) => this.#dispatcher.failLane(fn, loadError(host, settings.kind, fn.url, reason)),
    });
    this.#idle = new Idle(this.#workers, settings.idleTimeoutMs);
    this.#decoding = new Decoding(settings.modules);
    this.#listening = new Listening(this.#decoding, (submission, reason) => this.cancel(submission, reason));
    this.#deadlines = new Deadlines((submission) => {
      if (submission.state === 'backingOff') this.#retrying.tryAgain(submission);
      else this.#cancelling.due(submission);
    });
    const keys = new Keys();
    this.#accounts = new Accounts(this.#deadlines, keys, this.#workers.meters.traces, this.#workers.sources);
    this.#dispatcher = new Dispatcher(settings, this.#workers, this.#deadlines, this.#accounts, keys, () =>
      this.#letIn(),
    );
    this.#admission = new Admission(settings.name, settings.maxQueue, {
      waiting: () => this.#dispatcher.waiting,
      unstarted: () => this.#workers.unstarted,
      free: () => this.#dispatcher.free,
      places: (task) => this.#dispatcher.placesFor(task),
      dispatch: () => this.#dispatcher.run(),
    });
    this.#quarantine = new Quarantine(this.#workers, this.#deadlines, this.#dispatcher.rate, (refusal) => {
      // No worker can be started for them.
      for (const suspect of this.#quarantine.drain()) this.#accounts.settleAll(suspect, failed(refusal));
    });
    this.#retrying = new Retrying(this.#accounts, this.#deadlines, this.#dispatcher, this.#quarantine);
    this.#cancelling = new Cancelling(
      settings,
      this.#workers,
      this.#accounts,
      this.#deadlines,
      this.#dispatcher,
      this.#retrying,
      this.#decoding,
    );
    this.#aftermath = new Aftermath(
      settings,
      this.#workers,
      this.#accounts,
      this.#dispatcher,
      this.#cancelling,
      this.#retrying,
      this.#decoding,
    );
  }

  windowFor(fn: FunctionReference): number {
    const credits = arrayMap(this.#workers.hosts, ({ tasks }) => tasks.creditOf(fn));
    return Math.max(2 * this.#workers.range.max * this.#settings.concurrency, windowAhead(credits));
  }

  submit(submission: Submission): void {
    const full =
      this.#admission.isLimited && !submission.waitsForRoom ? this.#admission.refusal(submission) : undefined;
    if (full !== undefined) this.#accounts.refuse(submission, full);
    else if (this.#accept(submission)) this.#accounts.tell(this.#dispatcher.push(submission));
  }

  queueRoom(): number {
    return this.#admission.room();
  }

  /** Why no task is accepted; undefined where tasks are. */
  refusal(): unknown {
    return refusalOf(this.#settings.name, this.#state);
  }

  get refusables(): Refusables {
    return this.#admission;
  }

  async room(): Promise<void> {
    const refusal = this.refusal();
    if (refusal !== undefined) throw refusal;
    await this.#admission.wait();
  }

  /** Changes how many workers there are. Resolves when those that are too many are gone. */
  async resize(min: number, max: number): Promise<void> {
    const refusal = this.refusal();
    if (refusal !== undefined) throw refusal;
    const retired = this.#workers.resize(min, max);
    this.#idle.wake();
    await retired;
  }

  /** One task for each worker; starts them where there are none. */
  submitToEach(makeTask: () => PinnedCall): PinnedCall[] {
    const refusal = this.refusal();
    const hosts = refusal === undefined ? this.#workers.forAll() : [];
    if (hosts.length === 0) {
      const task = makeTask();
      this.#accounts.refuse(task, refusal ?? this.#workers.refusal);
      return [task];
    }
    return arrayMap(hosts, (host) => {
      const task = makeTask();
      if (this.#accept(task)) this.#accounts.tell(this.#dispatcher.pin(task, host));
      return task;
    });
  }

  carry(options: TaskOptions): TaskOptions {
    const { propagate, crossing } = this.#settings;
    return propagate === undefined ? options : { ...options, carried: captured(propagate, crossing) };
  }

  cancel(submission: Submission, reason: unknown): void {
    this.#cancelling.cancel(submission, reason);
  }

  more(submission: Submission, count: number): void {
    arrayFind(this.#workers.all, ({ tasks }) => tasks.holds(submission))?.tasks.speech.more(submission, count);
  }

  stats(): PoolStats {
    return poolStats(this.#parts());
  }

  inspect(): string {
    return inspectPool(this.#parts());
  }

  /** Refuses new tasks, waits for all that were accepted, then lets the workers tear down and end. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#beginToClose();
    await this.#accounts.whenIdle();
    this.#accounts.keepAlive.hold();
    await this.#workers.stop();
    this.#closed();
  }

  /** Ends everything now. What had not ended is rejected with the reason. */
  async terminate(reason: unknown): Promise<void> {
    if (this.#state === 'closed') return;
    this.#beginToClose();
    this.#accounts.terminated ??= { reason };
    this.#dispatcher.stop();
    const pinned = arrayFlatMap(this.#workers.hosts, (host) => this.#dispatcher.unpin(host));
    const discarded = [...arrayFlatMap(this.#workers.all, (host) => host.discard()), ...this.#decoding.take()];
    const waiting = [...pinned, ...this.#retrying.drain(), ...this.#quarantine.drain()];
    this.#deadlines.stop();
    this.#failWaiting(reason);
    for (const submission of waiting) this.#accounts.settleAll(submission, failed(reason));
    for (const [submission, at] of discarded) this.#accounts.settle(submission, at, failed(reason));
    this.#accounts.keepAlive.hold();
    await this.#workers.kill();
    this.#closed();
  }

  #beginToClose(): void {
    this.#state = 'closing';
    this.#admission.close(this.refusal());
  }

  #closed(): void {
    this.#state = 'closed';
    this.#watch.stop();
    this.#idle.stop();
    this.#deadlines.stop();
    this.#accounts.keepAlive.end();
  }

  #parts(): PoolParts {
    return {
      settings: this.#settings,
      state: this.#state,
      accounts: this.#accounts,
      workers: this.#workers,
      dispatcher: this.#dispatcher,
      backingOff: [...this.#retrying],
      quarantined: [...this.#quarantine],
      retried: this.#retrying.retried,
    };
  }

  /** Takes responsibility for tasks; refused ones are settled. */
  #accept(submission: Submission): boolean {
    const refusal = this.refusal();
    if (refusal !== undefined) {
      this.#accounts.refuse(submission, refusal);
      return false;
    }
    this.#accounts.accept(submission);
    this.#watch.wake();
    return true;
  }

  /** A worker may take more; where none may wait, that is room. */
  #hearRoom(): void {
    this.#dispatcher.planIfAnyWaits();
    this.#letIn();
  }

  #letIn(): void {
    this.#admission.hear();
    this.#quarantine.step();
  }

  /** Tasks that a worker was given and has not started wait again, as if nothing had been. */
  #putBack(submissions: readonly Submission[]): void {
    for (const submission of arrayToReversed(submissions)) {
      if (submission.cancelled === undefined) this.#retrying.putBack(submission);
      else this.#cancelling.neverStarted(submission);
    }
  }

  #ended(host: WorkerHost, [submission, at]: TaskOf, outcome: Outcome, isLoadFailure: boolean): void {
    if (submission.cancelled !== undefined) this.#cancelling.ended(submission, at, outcome);
    else if (outcome.ok) this.#accounts.settle(submission, at, outcome);
    else if (!isLoadFailure) this.#retrying.attemptFailed(submission, at, 'error', outcome.error);
    else if (isA(outcome.error, TaskNotFoundError)) this.#accounts.settle(submission, at, outcome);
    else {
      const error = loadError(host, this.#settings.kind, submission.fn.url, outcome.error);
      // Inline there is no other worker that could load it anew.
      if (this.#settings.kind !== 'inline') this.#spoiled.failed(host, submission.fn.url, performance.now());
      this.#accounts.settle(submission, at, failed(error));
    }
  }

  #fulfil(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void {
    if (submission.cancelled === undefined) this.#accounts.fulfil(submission, at, values, from, to);
    else for (let step = 0; step < to - from; step++) this.#cancelling.ended(submission, at + step);
  }

  #failWaiting(reason: unknown): void {
    for (const waiting of this.#dispatcher.drain()) this.#accounts.settleAll(waiting, failed(reason));
  }
}

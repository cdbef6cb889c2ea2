// Fills `submit` on this machine. A task is in exactly one place: the queue, one worker host's table, or settled.
//
//     submit --> queue --dispatch--> worker host --outcome--> settled
//                  ^---- not started, and ----'
//                        its worker died, was held, or had too many
//
// Decisions are made in credit.ts, dispatch.ts, scale.ts and breaker.ts, which know no clock and wait for nothing.
import { NestedPoolError, PoolClosedError, TaskNotFoundError } from '../errors.ts';
import { RunCall } from '../runner/run.ts';
import type { Submitter } from '../runner/submitter.ts';
import { failed, type Outcome } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { WorkerExit } from '../transport/transport.ts';
import { windowAhead } from './credit.ts';
import { Cancellations } from './cancellations.ts';
import { crashError, deathAtLoad, loadError, startError } from './death.ts';
import { dispatch, type Candidate } from './dispatch.ts';
import { KeepAlive } from './keep-alive.ts';
import { refuseRunaway } from './nesting.ts';
import type { PoolSettings } from './options.ts';
import { Queue, type Lane } from './queue.ts';
import type { PoolState, PoolStats } from './stats.ts';
import { heldAfterMs, Workers } from './workers.ts';
import type { WorkerHost } from './worker-host.ts';

/** Workers may die while they load a module, killed by whoever; this often it is taken for the module's doing. */
const deathsForgiven = 3;

/** The share of a worker that starts is kept no longer than this. */
const shareKeptMs = 250;

/** A task for one worker and no other. */
export class PinnedCall extends RunCall {}

export class Scheduler implements Submitter {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  readonly #queue = new Queue();
  readonly #cancellations: Cancellations;
  readonly #keepAlive = new KeepAlive();
  #state: PoolState = 'open';
  /** Tasks that wait for one worker and no other. */
  #pinned = 0;
  #submitted = 0;
  #fulfilled = 0;
  #failed = 0;
  #isPumpPlanned = false;
  #whenIdle: (() => void)[] = [];
  #lookAgain: NodeJS.Timeout | undefined;
  readonly #pump = (): void => this.#dispatch();

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#cancellations = new Cancellations(settings.graceMs, (submission) => this.#overdue(submission));
    this.#workers = new Workers(settings, {
      onRoom: () => this.#planPump(),
      onFulfilled: (submission, at, values, from, to) => this.#fulfil(submission, at, values, from, to),
      onOutcome: (host, submission, at, outcome, isLoadFailure) =>
        this.#ended(host, submission, at, outcome, isLoadFailure),
      onGivenBack: (submissions) => this.#putBack(submissions),
      onGone: (host, exit) => this.#gone(host, exit),
      onHopeless: (error) => this.#failWaiting(error),
    });
  }

  windowFor(fn: FunctionReference): number {
    const { maxWorkers, concurrency } = this.#settings;
    return Math.max(2 * maxWorkers * concurrency, windowAhead(this.#workers.hosts.map((host) => host.creditOf(fn))));
  }

  submit(submission: Submission): void {
    if (!this.#accept(submission)) return;
    submission.state = 'queued';
    this.#queue.push(submission);
    this.#planPump();
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
      if (this.#accept(task)) this.#pin(task, host);
      return task;
    });
  }

  cancel(submission: Submission, reason: unknown): void {
    if (submission.state === 'queued') {
      if (submission instanceof PinnedCall) this.#pinned--;
      else this.#queue.forget(submission);
      this.#settleAll(submission, failed(reason));
    } else if (submission.state === 'inFlight') {
      const host = this.#workers.hosts.find((candidate) => candidate.holds(submission));
      if (host === undefined) return;
      if (host.isUnsent(submission)) {
        host.takeBack(submission);
        this.#settleAll(submission, failed(reason));
      } else {
        submission.cancelled = { reason };
        this.#cancellations.add(submission);
        host.cancel(submission, reason);
      }
    }
  }

  stats(): PoolStats {
    const { hosts } = this.#workers;
    return {
      name: this.#settings.name,
      kind: this.#settings.kind,
      state: this.#state,
      queued: this.#queue.size + this.#pinned,
      inFlight: hosts.reduce((sum, host) => sum + host.inFlight, 0),
      submitted: this.#submitted,
      fulfilled: this.#fulfilled,
      failed: this.#failed,
      workers: hosts.map(({ id, pid, state, inFlight, ended }) => ({ id, pid, state, inFlight, ended })),
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
    this.#pinned = 0;
    clearTimeout(this.#lookAgain);
    const discarded = this.#workers.hosts.flatMap((host) => host.discard());
    this.#cancellations.clear();
    this.#failWaiting(reason);
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

  #pin(submission: Submission, host: WorkerHost): void {
    submission.state = 'queued';
    this.#pinned++;
    host.pinned.push(submission);
    this.#planPump();
  }

  /** Once for all that happens in this turn, after its promises have run: so their submits travel as one message. */
  #planPump(): void {
    if (this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    process.nextTick(this.#pump);
  }

  #dispatch(): void {
    this.#isPumpPlanned = false;
    if (this.#queue.size + this.#pinned > 0) this.#workers.grow(this.#queue.size + this.#pinned);
    const { hosts } = this.#workers;
    if (this.#pinned > 0) {
      for (const host of hosts) {
        if (!host.isOpen) continue;
        for (const task of host.pinned.splice(0)) {
          if (task.state !== 'queued') continue;
          this.#pinned--;
          host.give(task);
        }
      }
    }
    if (this.#queue.size > 0) this.#dispatchQueue(hosts);
    for (const host of hosts) host.flush();
    this.#planToLookAgain();
  }

  #dispatchQueue(hosts: readonly WorkerHost[]): void {
    const passedOver = new Set<Lane>();
    const keptSince = performance.now() - shareKeptMs;
    for (let next = this.#queue.oldest(passedOver); next !== undefined; next = this.#queue.oldest(passedOver)) {
      const { lane } = next;
      const candidates = hosts.map((host) => this.#candidate(host, lane.fn, keptSince));
      const counts = dispatch(next.count, candidates);
      let given = 0;
      for (const [at, count] of counts.entries()) {
        for (let left = count; left > 0;) {
          const submission = this.#queue.take(lane, left);
          if (submission === undefined) break;
          left -= submission.count;
          given += submission.count;
          hosts[at]?.give(submission);
        }
      }
      if (given === 0) passedOver.add(lane);
    }
  }

  #candidate(host: WorkerHost, fn: FunctionReference, keptSince: number): Candidate {
    const isStarting = host.state === 'starting' && host.startedAt > keptSince;
    return { isStarting, inFlight: host.inFlight, allowance: isStarting ? this.#settings.concurrency : host.allowance(fn) };
  }

  /** Time passes without a message where a loop is held: then work waits for more workers, or for those that have room. */
  #planToLookAgain(): void {
    if (this.#lookAgain !== undefined) return;
    const { hosts } = this.#workers;
    const isSilent = hosts.some((host) => host.silentSince !== undefined);
    const isStarting = hosts.some((host) => host.state === 'starting');
    if (!isSilent && !(isStarting && this.#queue.size > 0)) return;
    this.#lookAgain = setTimeout(() => {
      this.#lookAgain = undefined;
      this.#takeBackFromHeld();
      this.#dispatch();
    }, 2 * heldAfterMs).unref();
  }

  /** What a held loop has not started goes to workers that have nothing else to do. */
  #takeBackFromHeld(): void {
    const { hosts } = this.#workers;
    if (this.#queue.size > 0 || !hosts.some((host) => host.isOpen && host.inFlight === 0)) return;
    const heldSince = performance.now() - heldAfterMs;
    for (const host of hosts) {
      if (host.silentSince !== undefined && host.silentSince < heldSince) this.#putBack(host.takeBackUnstarted());
    }
  }

  /** Tasks that a worker was given and has not started wait again, as if nothing had been. */
  #putBack(submissions: readonly Submission[]): void {
    for (const submission of submissions.toReversed()) {
      if (submission.cancelled !== undefined) {
        this.#settleAll(submission, failed(submission.cancelled.reason));
        continue;
      }
      submission.state = 'queued';
      this.#queue.putBack(submission);
    }
    this.#planPump();
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
    const { started, unstarted } = host.takeUnsettled();
    const pinned = host.pinned.splice(0).filter((task) => task.state === 'queued');
    this.#pinned -= pinned.length;
    let successor: WorkerHost | undefined;
    const repin = (task: Submission): void => {
      // A broadcast counts for the worker that takes the dead one's place, which is one for all of them.
      if (!host.wasReady || this.#workers.refusal !== undefined) {
        this.#settleAll(task, failed(startError(host, this.#settings.kind, exit)));
      } else this.#pin(task, (successor ??= this.#workers.startOne()));
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
    if (!host.wasReady || host.hasLoaded(submission.fn)) return false;
    return ++submission.deathsAtLoad >= deathsForgiven || host.lastWords?.reason instanceof NestedPoolError;
  }

  #failWaiting(reason: unknown): void {
    for (const submission of this.#queue.drain()) {
      if (submission.state === 'queued') this.#settleAll(submission, failed(reason));
    }
  }

  /** It was told to end and did not. Its worker is ended for it; inline there is none to end. */
  #overdue(submission: Submission): void {
    const host = this.#workers.hosts.find((candidate) => candidate.holds(submission));
    if (host === undefined) return;
    if (this.#settings.kind !== 'inline') {
      host.kill();
      return;
    }
    for (const at of host.abandon(submission)) this.#settle(submission, at, failed(submission.cancelled?.reason));
    this.#planPump();
  }
}

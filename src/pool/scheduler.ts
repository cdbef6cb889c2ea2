// Fills `submit` on this machine. A task is in exactly one place: the queue, one worker host's table, or settled.
//
//     submit --> queue --dispatch--> worker host --outcome--> settled
//                  ^---- not started when its worker died ----'
//
// Decisions are made in dispatch.ts, scale.ts and breaker.ts, which know no clock and wait for nothing.
import { NestedPoolError, PoolClosedError, TaskNotFoundError } from '../errors.ts';
import { Fifo } from '../runner/fifo.ts';
import { RunTask } from '../runner/run.ts';
import type { Submitter } from '../runner/submitter.ts';
import { failed, type Outcome } from '../task/outcome.ts';
import type { Task } from '../task/task.ts';
import type { WorkerExit } from '../transport/transport.ts';
import { Cancellations } from './cancellations.ts';
import { crashError, deathAtLoad, loadError, startError } from './death.ts';
import { dispatch } from './dispatch.ts';
import { KeepAlive } from './keep-alive.ts';
import { refuseRunaway } from './nesting.ts';
import type { PoolSettings } from './options.ts';
import type { PoolState, PoolStats } from './stats.ts';
import { Workers } from './workers.ts';
import type { WorkerHost } from './worker-host.ts';

/** Workers may die while they load a module, killed by whoever; this often it is taken for the module's doing. */
const deathsForgiven = 3;

/** A task for one worker and no other. */
export class PinnedTask extends RunTask {}

export class Scheduler implements Submitter {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  /** Holds settled tasks too, where they were cancelled in it; `#waiting` counts the others. */
  readonly #queue = new Fifo<Task>();
  readonly #cancellations: Cancellations;
  readonly #keepAlive = new KeepAlive();
  #state: PoolState = 'open';
  #waiting = 0;
  #submitted = 0;
  #fulfilled = 0;
  #failed = 0;
  #isPumpPlanned = false;
  #whenIdle: (() => void)[] = [];
  readonly #pump = (): void => this.#dispatch();

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#cancellations = new Cancellations(settings.graceMs, (task) => this.#overdue(task));
    this.#workers = new Workers(settings, {
      onRoom: () => this.#planPump(),
      onOutcome: (host, task, outcome, isLoadFailure) => this.#ended(host, task, outcome, isLoadFailure),
      onGone: (host, exit) => this.#gone(host, exit),
      onHopeless: (error) => this.#failWaiting(error),
    });
  }

  get defaultWindow(): number {
    const { maxWorkers, concurrency } = this.#settings;
    return 2 * maxWorkers * concurrency;
  }

  submit(task: Task): void {
    if (!this.#accept(task)) return;
    task.state = 'queued';
    this.#queue.push(task);
    this.#waiting++;
    this.#planPump();
  }

  /** One task for each worker; starts them where there are none. */
  submitToEach(makeTask: () => PinnedTask): PinnedTask[] {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      const task = makeTask();
      task.settle(failed(refusal));
      return [task];
    }
    const { hosts } = this.#workers;
    if (hosts.length < this.#settings.minWorkers) this.#workers.grow(1);
    if (hosts.length === 0 && this.#workers.refusal === undefined) this.#workers.startOne();
    if (hosts.length === 0) {
      const task = makeTask();
      task.settle(failed(this.#workers.refusal));
      return [task];
    }
    return hosts.map((host) => {
      const task = makeTask();
      if (this.#accept(task)) this.#pin(task, host);
      return task;
    });
  }

  cancel(task: Task, reason: unknown): void {
    if (task.state === 'queued') {
      this.#waiting--;
      this.#settle(task, failed(reason));
    } else if (task.state === 'inFlight') {
      const host = this.#workers.hosts.find((candidate) => candidate.holds(task));
      if (host === undefined) return;
      if (host.isUnsent(task)) {
        host.takeBack(task);
        this.#settle(task, failed(reason));
      } else {
        this.#cancellations.add(task, reason);
        host.cancel(task, reason);
      }
    }
  }

  stats(): PoolStats {
    const { hosts } = this.#workers;
    return {
      name: this.#settings.name,
      kind: this.#settings.kind,
      state: this.#state,
      queued: this.#waiting,
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
    for (const host of this.#workers.hosts) this.#waiting -= host.pinned.length;
    const discarded = this.#workers.hosts.flatMap((host) => host.discard());
    this.#cancellations.clear();
    this.#failWaiting(reason);
    for (const task of discarded) this.#settle(task, failed(reason));
    await this.#workers.kill();
    this.#state = 'closed';
    this.#keepAlive.end();
  }

  get #pending(): number {
    return this.#submitted - this.#fulfilled - this.#failed;
  }

  /** Takes responsibility for a task; a refused one is settled. */
  #accept(task: Task): boolean {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      task.state = 'settled';
      task.settle(failed(refusal));
      return false;
    }
    task.id = ++this.#submitted;
    if (this.#pending === 1) this.#keepAlive.hold();
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

  #pin(task: Task, host: WorkerHost): void {
    task.state = 'queued';
    this.#waiting++;
    host.pinned.push(task);
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
    if (this.#waiting === 0) return;
    const { hosts } = this.#workers;
    this.#workers.grow(this.#waiting);
    for (const host of hosts) {
      if (!host.isOpen) continue;
      for (const task of host.pinned.splice(0)) if (task.state === 'queued') this.#give(task, host);
    }
    const counts = dispatch(this.#waiting, hosts, this.#settings.concurrency);
    for (let at = 0; at < hosts.length; at++) {
      for (let left = counts[at] ?? 0; left > 0; left--) {
        const task = this.#nextQueued();
        if (task === undefined) break;
        this.#give(task, hosts[at] as WorkerHost);
      }
    }
    for (const host of hosts) host.flush();
  }

  #nextQueued(): Task | undefined {
    let task = this.#queue.shift();
    while (task !== undefined && task.state !== 'queued') task = this.#queue.shift();
    return task;
  }

  #give(task: Task, host: WorkerHost): void {
    this.#waiting--;
    host.give(task);
  }

  #ended(host: WorkerHost, task: Task, outcome: Outcome, isLoadFailure: boolean): void {
    const cancelled = this.#cancellations.take(task);
    if (outcome.ok) this.#settle(task, outcome);
    else if (cancelled !== undefined) this.#settle(task, failed(cancelled.reason));
    else if (isLoadFailure && !(outcome.error instanceof TaskNotFoundError)) {
      this.#settle(task, failed(loadError(host, this.#settings.kind, task.fn.url, outcome.error)));
    } else this.#settle(task, outcome);
  }

  #settle(task: Task, outcome: Outcome): void {
    if (task.state === 'settled') return;
    task.state = 'settled';
    if (outcome.ok) this.#fulfilled++;
    else this.#failed++;
    task.settle(outcome);
    if (this.#pending > 0) return;
    if (this.#state === 'open') this.#keepAlive.release();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** A worker is gone. What it had not started runs elsewhere, as if nothing had been; what it had started failed. */
  #gone(host: WorkerHost, exit: WorkerExit): void {
    const { started, unstarted } = host.takeUnsettled();
    const pinned = host.pinned.splice(0).filter((task) => task.state === 'queued');
    this.#waiting -= pinned.length;
    let successor: WorkerHost | undefined;
    const repin = (task: Task): void => {
      // A broadcast counts for the worker that takes the dead one's place, which is one for all of them.
      if (!host.wasReady || this.#workers.refusal !== undefined) {
        this.#settle(task, failed(startError(host, this.#settings.kind, exit)));
      } else this.#pin(task, (successor ??= this.#workers.startOne()));
    };
    // The unstarted first: what the failure of the others leads to may be that these are cancelled.
    for (const task of unstarted.toReversed()) this.#moveOn(task, host, exit, repin);
    for (const task of pinned) repin(task);
    const ids = started.map((task) => task.id);
    for (const task of started) {
      const reason = this.#cancellations.take(task) ?? { reason: crashError(host, this.#settings.kind, exit, ids) };
      this.#settle(task, failed(reason.reason));
    }
  }

  /** A task that a dead worker had and never started. */
  #moveOn(task: Task, host: WorkerHost, exit: WorkerExit, repin: (task: Task) => void): void {
    const cancelled = this.#cancellations.take(task);
    if (cancelled !== undefined) this.#settle(task, failed(cancelled.reason));
    else if (this.#diesAtLoad(task, host)) {
      this.#settle(task, failed(deathAtLoad(host, this.#settings.kind, exit, task.fn.url)));
    } else if (task instanceof PinnedTask) repin(task);
    else {
      task.state = 'queued';
      this.#waiting++;
      this.#queue.unshift(task);
    }
  }

  /** True where it must be the module of the task that kills its workers: or they would be replaced for ever. */
  #diesAtLoad(task: Task, host: WorkerHost): boolean {
    if (!host.wasReady || host.hasLoaded(task.fn)) return false;
    return ++task.deathsAtLoad >= deathsForgiven || host.lastWords?.reason instanceof NestedPoolError;
  }

  #failWaiting(reason: unknown): void {
    const tasks = this.#queue.drain();
    for (const task of tasks) {
      if (task.state !== 'queued') continue;
      this.#waiting--;
      this.#settle(task, failed(reason));
    }
  }

  /** It was told to end and did not. Its worker is ended for it; inline there is none to end. */
  #overdue(task: Task): void {
    const host = this.#workers.hosts.find((candidate) => candidate.holds(task));
    if (host === undefined) return;
    if (this.#settings.kind !== 'inline') {
      host.kill();
      return;
    }
    host.abandon(task);
    this.#settle(task, failed(this.#cancellations.take(task)?.reason));
    this.#planPump();
  }
}

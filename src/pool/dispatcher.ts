// Gives the tasks that wait to workers: whenever something has changed, and again after a while where nothing does.
import { failed } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Accounts } from './accounts.ts';
import type { Deadlines } from './deadlines.ts';
import { dispatch, type Candidate } from './dispatch.ts';
import { PinnedCall } from './pinned-call.ts';
import { Queue, type Lane } from './queue.ts';
import { heldAfterMs, type Workers } from './workers.ts';
import type { WorkerHost } from './worker-host.ts';

/** The share of a worker that starts, or loads a function for the first time, is kept no longer than this. */
const shareKeptMs = 500;

export class Dispatcher {
  readonly #workers: Workers;
  readonly #deadlines: Deadlines;
  readonly #accounts: Accounts;
  readonly #concurrency: number;
  readonly #queue = new Queue();
  /** Tasks that wait for one worker and no other. */
  #pinned = 0;
  #isPlanned = false;
  #lookAgain: NodeJS.Timeout | undefined;
  readonly #dispatch = (): void => this.#run();

  constructor(workers: Workers, deadlines: Deadlines, accounts: Accounts, concurrency: number) {
    this.#workers = workers;
    this.#deadlines = deadlines;
    this.#accounts = accounts;
    this.#concurrency = concurrency;
  }

  /** What waits, those for one worker and no other included. */
  *[Symbol.iterator](): Generator<Submission> {
    for (const { pinned } of this.#workers.hosts) yield* pinned;
    yield* this.#queue;
  }

  /** How many tasks wait. */
  get waiting(): number {
    return this.#queue.size + this.#pinned;
  }

  push(submission: Submission): void {
    submission.state = 'queued';
    this.#deadlines.queued(submission);
    this.#queue.push(submission);
    this.plan();
  }

  /** Puts tasks that a worker had and has not started in front of the others. */
  putBack(submission: Submission): void {
    submission.state = 'queued';
    this.#deadlines.queuedAgain(submission);
    this.#queue.putBack(submission);
    this.plan();
  }

  pin(submission: Submission, host: WorkerHost): void {
    submission.state = 'queued';
    this.#pinned++;
    host.pinned.push(submission);
    this.plan();
  }

  /** Takes out the tasks that wait for one worker and no other. */
  unpin(host: WorkerHost): Submission[] {
    const tasks = host.pinned.splice(0).filter(({ state }) => state === 'queued');
    this.#pinned -= tasks.length;
    return tasks;
  }

  /** A submission that waits is about to be settled. */
  forget(submission: Submission): void {
    if (submission instanceof PinnedCall) this.#pinned--;
    else this.#queue.forget(submission);
  }

  /** Takes out all that may go to any worker. */
  drain(): Submission[] {
    return this.#queue.drain();
  }

  /** Settles what waits of a function whose module does not load; unless some worker has it. */
  failLane(fn: FunctionReference, reason: unknown): void {
    if (this.#workers.hosts.some(({ tasks }) => tasks.functions.hasLoaded(fn))) return;
    for (const submission of this.#queue.drain(fn)) this.#accounts.settleAll(submission, failed(reason));
  }

  stop(): void {
    clearTimeout(this.#lookAgain);
    this.#lookAgain = undefined;
  }

  /** Once for all that happens in this turn, after its promises have run: so their submits travel as one message. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    process.nextTick(this.#dispatch);
  }

  planIfAnyWaits(): void {
    if (this.waiting > 0) this.plan();
  }

  #run(): void {
    this.#isPlanned = false;
    if (this.waiting > 0) this.#workers.grow(this.waiting);
    const { hosts } = this.#workers;
    if (this.#pinned > 0) {
      for (const host of hosts) this.#givePinned(host);
    }
    if (this.#queue.size > 0) this.#dispatchQueue(hosts);
    let isRefused = false;
    for (const host of hosts) if (host.tasks.flush()) isRefused = true;
    if (isRefused) this.planIfAnyWaits();
    this.#planToLookAgain();
  }

  /** They do not wait for credit, for they have nowhere else to go; but no worker has more than it may. */
  #givePinned({ isOpen, pinned, tasks }: WorkerHost): void {
    if (!isOpen) return;
    while (tasks.size < this.#concurrency) {
      const task = pinned.shift();
      if (task === undefined) return;
      if (task.state !== 'queued') continue;
      this.#pinned--;
      tasks.give(task);
    }
  }

  #dispatchQueue(hosts: readonly WorkerHost[]): void {
    const passedOver: Lane[] = [];
    const keptSince = performance.now() - shareKeptMs;
    for (let next = this.#queue.oldest(passedOver); next !== undefined; next = this.#queue.oldest(passedOver)) {
      const { lane } = next;
      const candidates = hosts.map((host) => this.#candidate(host, lane.fn, keptSince));
      const counts = dispatch(next.count, candidates);
      for (const [at, count] of counts.entries()) {
        for (let left = count; left > 0;) {
          const submission = this.#queue.take(lane, left);
          if (submission === undefined) break;
          left -= submission.count;
          this.#deadlines.given(submission);
          hosts[at]?.tasks.give(submission);
        }
      }
      if (counts.every((count) => count === 0)) passedOver.push(lane);
    }
  }

  #candidate(host: WorkerHost, fn: FunctionReference, keptSince: number): Candidate {
    const isUp = host.state === 'ready';
    const isStarting =
      host.startedAt > keptSince && (host.state === 'starting' || (isUp && host.tasks.functions.isLoading(fn)));
    const isTaking = isStarting || isUp;
    const inFlight = host.tasks.size;
    const room = isTaking ? this.#concurrency - inFlight : 0;
    return { isStarting, inFlight, room, allowance: host.allowance(fn) };
  }

  /** Time passes without a message where a loop is held, or slow to start: then work waits for more workers, or for those that have room. */
  #planToLookAgain(): void {
    if (this.#lookAgain !== undefined || !this.#mustLookAgain()) return;
    this.#lookAgain = setTimeout(() => {
      this.#lookAgain = undefined;
      this.#takeBackFromHeld();
      this.#run();
    }, 2 * heldAfterMs).unref();
  }

  #mustLookAgain(): boolean {
    const { hosts, mayGrow } = this.#workers;
    const keptSince = performance.now() - shareKeptMs;
    for (const { tasks, startedAt } of hosts) {
      if (tasks.silentSince !== undefined && (this.#queue.size === 0 ? tasks.size > 1 : mayGrow)) return true;
      if (startedAt > keptSince && this.#queue.size > 0) return true;
    }
    return false;
  }

  /** Its loop comes back, and it may have more. */
  #isFree({ isOpen, tasks }: WorkerHost): boolean {
    return isOpen && tasks.silentSince === undefined && tasks.size < this.#concurrency;
  }

  /** What a held loop has not started goes to workers that have room. */
  #takeBackFromHeld(): void {
    const { hosts } = this.#workers;
    if (this.#queue.size > 0 || !hosts.some((host) => this.#isFree(host))) return;
    const now = performance.now();
    for (const { tasks } of hosts) {
      const silentMs = now - (tasks.silentSince ?? now);
      // To load a module holds the loop as well, but does not take for ever.
      if (silentMs > heldAfterMs) tasks.askBackUnstarted(silentMs < shareKeptMs);
    }
  }
}

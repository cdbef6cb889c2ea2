// Gives the tasks that wait to workers: whenever something has changed, and again after a while where nothing does.
import { arrayFilter, arrayFind, arrayMap, arraySlice, arraySome } from '../task/arrays.ts';
import { failed } from '../task/outcome.ts';
import { nextTick, performance } from '../task/platform.ts';
import type { Key, Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Accounts } from './accounts.ts';
import type { Deadlines } from './deadlines.ts';
import { dispatch, type Candidate } from './dispatch.ts';
import { Held, shareKeptMs } from './held.ts';
import type { Keys } from './keys.ts';
import type { PoolSettings } from './options.ts';
import { queueClock } from './meters.ts';
import { PinnedCall } from './pinned-call.ts';
import { isFree, placesFor, placesIn } from './places.ts';
import { Queue, type Lane } from './queue.ts';
import { Rate } from './rate.ts';
import type { Workers } from './workers.ts';
import type { WorkerHost } from './worker-host.ts';

export class Dispatcher {
  readonly #workers: Workers;
  readonly #deadlines: Deadlines;
  readonly #accounts: Accounts;
  readonly #keys: Keys;
  /** Fewer tasks may wait than did. */
  readonly #onRoom: () => void;
  readonly #settings: PoolSettings;
  readonly #concurrency: number;
  /** How many may start when; undefined where that is not limited. */
  readonly rate: Rate | undefined;
  readonly #queue = new Queue();
  /** Tasks that wait for one worker and no other. */
  #pinned = 0;
  #isPlanned = false;
  #turnClock = 0;
  readonly #held: Held;
  readonly #dispatch = (): void => this.run();

  constructor(
    settings: PoolSettings,
    workers: Workers,
    deadlines: Deadlines,
    accounts: Accounts,
    keys: Keys,
    onRoom: () => void,
  ) {
    this.#workers = workers;
    this.#deadlines = deadlines;
    this.#accounts = accounts;
    this.#keys = keys;
    this.#onRoom = onRoom;
    this.#settings = settings;
    this.#concurrency = settings.concurrency;
    this.#held = new Held(workers, settings.concurrency, () => {
      if (this.#queue.size === 0) this.#held.takeBack();
      this.run();
    });
    this.rate = settings.rate && new Rate(settings.rate, () => this.plan());
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

  /** How many tasks wait of each function. */
  waitingByFunction(): Map<FunctionReference, number> {
    const counts = new Map<FunctionReference, number>();
    for (const queue of [this.#queue, ...arrayMap(this.#workers.hosts, ({ pinned }) => pinned)])
      for (const [fn, size] of queue.sizes()) counts.set(fn, (counts.get(fn) ?? 0) + size);
    return counts;
  }

  /** How many workers are free for whatever comes, where nothing waits. */
  get free(): number {
    return this.waiting > 0 ? 0 : arrayFilter(this.#workers.hosts, (host) => isFree(host, this.#concurrency)).length;
  }

  /** Until how many tasks wait one more like this fits into the workers. Where there is a rate, it decides what runs at once, and each worker that is free counts once. */
  placesFor({ fn, options: { key } }: Submission): number {
    if (this.rate !== undefined) return this.free;
    const places = placesFor(fn, this.#workers, this.#settings);
    const home = key === undefined ? undefined : this.#keys.hostOf(key);
    if (home === undefined) return places;
    // It waits for that worker, whatever is free elsewhere, and what waits for others is not in its way.
    return Math.min(places, placesIn(home, fn, this.#concurrency) + this.waiting - home.pinned.size);
  }

  push(submission: Submission): Submission {
    this.plan();
    this.#queued(submission);
    this.#deadlines.queued(submission);
    if (submission.options.key === undefined) this.#queue.push(submission);
    else this.#bringHome(submission, submission.options.key)?.pinned.push(submission);
    return submission;
  }

  /** Puts tasks that a worker had and has not started in front of the others. */
  putBack(submission: Submission): void {
    submission.state = 'queued';
    this.#deadlines.queuedAgain(submission);
    if (submission.options.key === undefined) this.#queue.putBack(submission);
    else this.#bringHome(submission, submission.options.key)?.pinned.putBack(submission);
    this.plan();
  }

  /** The worker for a task with a key, for which it counts as waiting from here on; undefined where no worker can be had, which settles it. */
  #bringHome(submission: Submission, key: Key): WorkerHost | undefined {
    let host = this.#keys.hostOf(key);
    if (host === undefined) {
      const least = this.#keys.leastBusy(this.#workers.hosts);
      // A key that is new is a reason for a new worker, as a task is.
      const mayStart = this.#workers.refusal === undefined && this.#workers.mayGrow;
      host = mayStart && (least?.tasks ?? 1) > 0 ? this.#workers.startOne() : least?.host;
      // All are leaving, and more there may not be. It waits with one of them, and moves on when that is gone.
      host ??= this.#workers.mayGrow ? undefined : this.#workers.hosts[0];
      if (host === undefined) {
        this.#accounts.settleAll(submission, failed(this.#workers.refusal));
        return undefined;
      }
      this.#keys.settle(key, host);
    }
    this.#pinned++;
    return host;
  }

  /** What comes in one turn has come at one time. */
  #queued(submission: Submission): void {
    submission.state = 'queued';
    submission.queuedAt = this.#turnClock;
  }

  pin(submission: Submission, host: WorkerHost): Submission {
    this.plan();
    this.#queued(submission);
    this.#pinned++;
    host.pinned.push(submission);
    return submission;
  }

  /** Takes out the tasks that wait for one worker and no other. */
  unpin(host: WorkerHost): Submission[] {
    const tasks = host.pinned.takeAll();
    for (const task of tasks) task.state = 'moving';
    this.#pinned -= tasks.length;
    return tasks;
  }

  /** A submission that waits is about to be settled. */
  forget(submission: Submission): void {
    if (submission instanceof PinnedCall || submission.options.key !== undefined) {
      this.#pinned--;
      arrayFind(this.#workers.hosts, ({ id }) => id === submission.place)?.pinned.forget(submission);
    } else this.#queue.forget(submission);
    this.#onRoom();
  }

  /** Takes out all that may go to any worker. */
  drain(): Submission[] {
    return this.#queue.drain();
  }

  /** Settles what waits of a function whose module does not load; unless some worker has it. */
  failLane(fn: FunctionReference, reason: unknown): void {
    if (arraySome(this.#workers.hosts, ({ tasks }) => tasks.functions.hasLoaded(fn))) return;
    for (const submission of this.#queue.drain(fn)) this.#accounts.settleAll(submission, failed(reason));
  }

  stop(): void {
    this.#held.stop();
    this.rate?.stop();
  }

  /** Once for all that happens in this turn, after its promises have run: so their submits travel as one message. */
  plan(): void {
    if (this.#isPlanned) return;
    this.#turnClock = queueClock();
    this.#isPlanned = true;
    nextTick(this.#dispatch);
  }

  planIfAnyWaits(): void {
    if (this.waiting > 0) this.plan();
  }

  /** Gives what can be given now. */
  run(): void {
    this.#isPlanned = false;
    if (this.waiting > 0) this.#grow();
    const { hosts } = this.#workers;
    if (this.#pinned > 0) this.#givePinned(arraySlice(hosts), ({ pinned }) => pinned.takeBefore(this.#queue));
    if (this.#queue.size > 0) this.#dispatchQueue(hosts);
    if (this.#pinned > 0)
      this.#givePinned(arraySlice(hosts), ({ pinned, tasks }) =>
        pinned.takePassing(this.#queue, tasks.silentSince !== undefined),
      );
    let isRefused = false;
    for (const host of arraySlice(hosts)) {
      if (host.tasks.flush()) isRefused = true;
      host.tellIfSpent();
    }
    if (isRefused) this.planIfAnyWaits();
    this.#held.plan(this.#queue.size);
    this.#onRoom();
  }

  /** What waits for one worker, or for the rate, would wait for another one as well. */
  #grow(): void {
    // Where the rate says none, it says when, or nothing might look again: it may say some a moment later, to nobody.
    const { size } = this.#queue;
    const forAny = size === 0 || this.rate === undefined ? size : this.rate.mayStart(size);
    if (forAny > 0) this.#workers.grow(forAny);
    else if (this.#workers.staying.length < this.#workers.range.min) this.#workers.grow(1);
  }

  /** They do not wait for credit, for they have nowhere else to go; but no worker has more than it may. */
  #givePinned(hosts: readonly WorkerHost[], take: (host: WorkerHost) => Submission | undefined): void {
    for (const host of hosts) {
      const { pinned, tasks } = host;
      if (!host.isStaying) this.#movePinned(host);
      while (host.isOpen && pinned.size > 0 && tasks.size < this.#concurrency && !host.isUsedUp) {
        if (this.rate?.mayStart(1) === 0) return;
        if (this.rate?.mayBegin(host, pinned.next?.fn) === false) break;
        const task = take(host);
        if (task === undefined) break;
        this.rate?.gave(host, task);
        this.#pinned--;
        this.#deadlines.givenAndWaits(task);
        tasks.give(task);
      }
    }
  }

  /** Their worker takes no more. */
  #movePinned(host: WorkerHost): void {
    for (const task of this.unpin(host)) {
      if (task.cancelled !== undefined) {
        this.#accounts.settleAll(task, failed(task.cancelled.reason));
        continue;
      }
      const { key } = task.options;
      task.state = 'queued';
      const other = key === undefined ? this.#workers.successorOf(host) : this.#bringHome(task, key);
      if (key === undefined) this.#pinned++;
      other?.pinned.push(task);
    }
  }

  #dispatchQueue(hosts: readonly WorkerHost[]): void {
    let passedOver: readonly Lane[] | undefined;
    const keptSince = performance.now() - shareKeptMs;
    for (let next = this.#queue.oldest(); next !== undefined; next = this.#queue.oldest(passedOver)) {
      const { lane } = next;
      const count = this.rate === undefined ? next.count : this.rate.mayStart(next.count);
      if (count === 0) return;
      const candidates: Candidate[] = [];
      for (const host of hosts) candidates[candidates.length] = this.#candidate(host, lane.fn, keptSince);
      const counts = dispatch(count, candidates);
      let given = 0;
      for (let at = 0; at < counts.length; at++)
        given += this.#give(hosts[at] as WorkerHost, lane, counts[at] as number);
      if (given === 0) passedOver = passedOver === undefined ? [lane] : [...passedOver, lane];
    }
  }

  /** Gives a worker so many tasks of a lane. How many there were. */
  #give(host: WorkerHost, lane: Lane, count: number): number {
    const { tasks, pinned } = host;
    let left = count;
    while (left > 0 && this.rate?.mayBegin(host, lane.fn) !== false) {
      const submission = this.#queue.take(lane, left);
      if (submission === undefined) break;
      left -= submission.count;
      this.rate?.gave(host, submission);
      this.#deadlines.givenAndWaits(submission);
      tasks.give(submission);
      pinned.hearGiven(submission);
    }
    return count - left;
  }

  #candidate(host: WorkerHost, fn: FunctionReference, keptSince: number): Candidate {
    const isUp = host.state === 'ready';
    const isStarting =
      host.startedAt > keptSince && (host.state === 'starting' || (isUp && host.tasks.functions.isLoading(fn)));
    const isTaking = isStarting || isUp;
    const inFlight = host.tasks.size;
    const room = isTaking ? host.atMost(this.#concurrency - inFlight) : 0;
    return { isStarting, inFlight, room, allowance: this.rate?.mayBegin(host, fn) === false ? 0 : host.allowance(fn) };
  }
}

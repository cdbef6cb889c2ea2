// The workers of a pool: starts them, hears when they are ready and when they are gone, and ends them.
import type { WorkerStartError } from '../errors.ts';
import {
  arrayEvery,
  arrayFilter,
  arrayFindLast,
  arrayFlat,
  arrayIncludes,
  arrayIndexOf,
  arrayPush,
  arraySlice,
  arraySome,
  arraySplice,
} from '../task/arrays.ts';
import { emptyScope } from '../task/async-context.ts';
import { isError, messageOf, stackOf } from '../task/foreign.ts';
import { NativePromise, performance, resolved } from '../task/platform.ts';
import { longestLeaveMs } from '../transport/departure.ts';
import { startInline } from '../transport/inline/pool-end.ts';
import { startProcess } from '../transport/process/pool-end.ts';
import { whenWritten } from '../transport/program-output.ts';
import { startThread } from '../transport/thread/pool-end.ts';
import type { Transport, WorkerExit } from '../transport/transport.ts';
import { Breaker } from './breaker.ts';
import { crashError, startError } from './death.ts';
import { Sources } from './feeding.ts';
import { Meters } from './meters.ts';
import { KeepAlive } from './keep-alive.ts';
import type { PoolSettings } from './options.ts';
import type { PoolWide } from './pool-wide.ts';
import { workersToStart } from './scale.ts';
import { WorkerTraces } from './traces.ts';
import type { HostEvents } from './host-events.ts';
import { WorkerHost } from './worker-host.ts';

const transports: Record<PoolSettings['kind'], Transport> = {
  process: startProcess,
  thread: startThread,
  inline: startInline,
};

/** A loop that has been silent for so long is taken for one that is held. */
export const heldAfterMs = 5;

export interface WorkersEvents extends Pick<
  HostEvents,
  'onFulfilled' | 'onRan' | 'onTooLate' | 'onSaid' | 'onEnd' | 'onFailed' | 'onGivenBack'
> {
  /** A worker is about to be started. */
  onStart(): void;
  /** Some worker may take more. */
  onRoom(): void;
  /** A worker is gone; what it was given is still in its host. */
  onGone(host: WorkerHost, exit: WorkerExit): void;
  /** No worker lives and none can be started for now: what waits will not run. */
  onHopeless(error: WorkerStartError): void;
}

export class Workers implements PoolWide {
  /** Those that live, in the order in which they were started. */
  readonly hosts: WorkerHost[] = [];
  /** One beside them, for tasks that may have killed others; where there are such. */
  quarantine: WorkerHost | undefined;
  /** What is counted of each function, in all of them. */
  readonly meters: Meters;
  /** What the arguments of tasks are read from while they run. */
  readonly sources = new Sources();
  readonly #settings: PoolSettings;
  readonly #events: WorkersEvents;
  readonly #traces: WorkerTraces;
  readonly #breaker = new Breaker();
  #started = 0;
  #min: number;
  #max: number;
  #isEnding = false;
  #whenGone: (() => void)[] = [];
  #whenOneIsGone: (() => void)[] = [];

  constructor(settings: PoolSettings, events: WorkersEvents) {
    this.#settings = settings;
    this.#events = events;
    this.meters = new Meters(settings.name);
    this.#traces = new WorkerTraces(settings);
    this.#min = settings.minWorkers;
    this.#max = settings.maxWorkers;
  }

  /** The least and the most that there should be. */
  get range(): { readonly min: number; readonly max: number } {
    return { min: this.#min, max: this.#max };
  }

  /** Those that take tasks, or will when they have started. */
  get staying(): readonly WorkerHost[] {
    for (const { isStaying } of this.hosts) if (!isStaying) return arrayFilter(this.hosts, (host) => host.isStaying);
    return this.hosts;
  }

  /** Starts as many as so much waiting work calls for. */
  grow(waiting: number): void {
    const { concurrency } = this.#settings;
    const { staying } = this;
    const live = staying.length;
    if (live >= this.#max || !this.mayGrow) return;
    // Where loops are held, that is what the tasks do, and another worker will take one at a time as well.
    const now = performance.now();
    const perWorker = arraySome(staying, (host) => isHeld(host, now)) ? 1 : concurrency;
    let room = 0;
    for (const host of staying) {
      if (host.state === 'starting') room += host.atMost(perWorker);
      else if (!isHeld(host, now)) room += host.atMost(concurrency - host.tasks.size);
    }
    const count = workersToStart({ minWorkers: this.#min, maxWorkers: this.#max, perWorker, live, waiting, room });
    if (count === 0 || this.#isEnding) return;
    const { refusal } = this;
    if (refusal !== undefined) {
      if (live === 0) this.#events.onHopeless(refusal);
      return;
    }
    if (!this.#breaker.isProbing) for (let left = count; left > 0 && this.mayGrow; left--) this.startOne();
    else if (arrayEvery(this.hosts, (host) => host.state !== 'starting')) this.startOne();
  }

  /** Those that a task for each of them reaches. Starts them where there are none; none where none can be started. */
  forAll(): readonly WorkerHost[] {
    if (this.staying.length < this.#min) this.grow(1);
    if (this.staying.length === 0 && this.refusal === undefined) this.startOne();
    return this.staying;
  }

  /** More may be started. Each that leaves may have one in its place before it is gone, but that not another one. */
  get mayGrow(): boolean {
    return this.staying.length < this.#max && this.hosts.length < 2 * this.#max && !this.#isEnding;
  }

  /** How many workers there may be that take no tasks yet. */
  get unstarted(): number {
    let ready = 0;
    for (const { state } of this.hosts) if (state === 'ready') ready++;
    return Math.max(0, this.#max - ready);
  }

  /** Changes how many there should be. Those that are too many end what they have; resolves when they are gone. */
  resize(min: number, max: number): Promise<void> {
    this.#min = min;
    this.#max = max;
    // The youngest first: they have least in their caches.
    const retired = arraySlice(this.staying, max);
    for (const host of retired) host.retire();
    if (this.#started > 0) while (this.staying.length < min && this.refusal === undefined) this.startOne();
    this.#events.onRoom();
    return this.#whenGoneAll(retired);
  }

  /** A worker that takes no more is replaced, before it has ended what it has. */
  replaceSpent(host: WorkerHost): void {
    this.#traces.recycled(host);
    if (host === this.quarantine || this.#isEnding || this.refusal !== undefined) return;
    if (this.mayGrow) this.startOne();
  }

  /** Another worker for what only this one was to do. */
  successorOf(host: WorkerHost): WorkerHost | undefined {
    const { staying } = this;
    return arrayFindLast(staying, ({ id }) => id > host.id) ?? staying[0] ?? this.startOne();
  }

  /** Why no worker can be started for now. */
  get refusal(): WorkerStartError | undefined {
    return this.#breaker.refusal(performance.now());
  }

  /** All that live. */
  get all(): readonly WorkerHost[] {
    return this.quarantine === undefined ? this.hosts : [...this.hosts, this.quarantine];
  }

  startOne(): WorkerHost {
    const host = this.#start(false);
    this.hosts[this.hosts.length] = host;
    return host;
  }

  startQuarantine(): void {
    this.quarantine = this.#start(true);
  }

  /** In an empty context: what belongs to a worker lives longer than the call for which it is started. */
  #start(isQuarantine: boolean): WorkerHost {
    return emptyScope(this.#startHere, isQuarantine);
  }

  readonly #startHere = (isQuarantine: boolean): WorkerHost => {
    this.#events.onStart();
    const transport = transports[this.#settings.kind];
    const host = new WorkerHost(++this.#started, this.#settings, this, transport, {
      onReady: (ready) => {
        this.#breaker.started();
        this.#traces.ready(ready);
      },
      onFulfilled: this.#events.onFulfilled,
      onRan: this.#events.onRan,
      onTooLate: this.#events.onTooLate,
      onSaid: this.#events.onSaid,
      onEnd: this.#events.onEnd,
      onFailed: this.#events.onFailed,
      onGivenBack: this.#events.onGivenBack,
      onRoom: this.#events.onRoom,
      onSpent: (spent) => this.replaceSpent(spent),
      onTeardownFailed: (gone, reason) => {
        const why = isError(reason) ? stackOf(reason) : messageOf(reason);
        warn(`The teardown of worker ${gone.id} failed: ${why}`);
      },
      onExit: (gone, exit) => this.#gone(gone, exit),
    });
    this.#traces.started(host, isQuarantine);
    return host;
  };

  /** Lets each tear down and end; one that takes longer than the grace is ended. What they have printed is written by then, where its reader takes it within the grace. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    for (const host of this.all) host.stop();
    await this.#allGone();
    await whenWritten(Math.min(this.#settings.graceMs, longestLeaveMs));
  }

  /** Ends each now. Resolves when they are gone. */
  kill(): Promise<void> {
    this.#isEnding = true;
    for (const host of this.all) host.kill();
    return this.#allGone();
  }

  async #whenGoneAll(leaving: readonly WorkerHost[]): Promise<void> {
    if (leaving.length === 0) return;
    // Who waits for it keeps the program alive.
    const alive = new KeepAlive();
    alive.hold();
    while (arraySome(leaving, (host) => arrayIncludes(this.hosts, host)))
      await new NativePromise<void>((resolve) => arrayPush(this.#whenOneIsGone, resolve));
    alive.end();
  }

  #allGone(): Promise<void> {
    if (this.all.length === 0) return resolved();
    return new NativePromise((resolve) => arrayPush(this.#whenGone, resolve));
  }

  #gone(host: WorkerHost, exit: WorkerExit): void {
    const isRegular = host !== this.quarantine;
    if (isRegular) arraySplice(this.hosts, arrayIndexOf(this.hosts, host), 1);
    else this.quarantine = undefined;
    // One that was told to end before it was up has not failed, unless it has said so.
    const hasFailed = !host.wasReady && (!host.isExpected || host.lastWords !== undefined);
    host.wasInterrupted =
      hasFailed &&
      !host.hasBegun &&
      host.ended === undefined &&
      this.#breaker.isInterruption(exit.signal, host.startedAt, performance.now());
    if (host.wasInterrupted) {
      this.#traces.gone(host, exit, startError(host, this.#settings.kind, exit));
      this.#events.onGone(host, exit);
    } else if (hasFailed && !this.#isEnding) {
      const isSure = host.lastWords !== undefined || host.ended !== undefined;
      const error = startError(host, this.#settings.kind, exit);
      const isOver = this.#breaker.failed(error, isSure, performance.now());
      this.#traces.gone(host, exit, error);
      this.#events.onGone(host, exit);
      if (isOver && this.hosts.length === 0) this.#events.onHopeless(error);
    } else {
      this.#traces.gone(
        host,
        exit,
        host.isExpected
          ? undefined
          : crashError(host, this.#settings.kind, exit, arrayFlat([...host.tasks.running().values()])),
      );
      this.#events.onGone(host, exit);
    }
    // One that has done work is replaced at once; one that has not only for work, or a setup that kills would go round for ever.
    if (isRegular && !this.#isEnding && host.tasks.meter.ended > 0 && this.staying.length < this.#min) this.startOne();
    this.#events.onRoom();
    for (const resolve of arraySplice(this.#whenOneIsGone, 0)) resolve();
    if (this.all.length === 0) for (const resolve of arraySplice(this.#whenGone, 0)) resolve();
  }
}

/** Its loop has been held for a while, and may be for much longer. */
export function isHeld({ tasks: { silentSince } }: WorkerHost, now: number): boolean {
  return silentSince !== undefined && now - silentSince > heldAfterMs;
}

function warn(message: string): void {
  try {
    process.emitWarning(message, 'PolyloopWarning');
  } catch {
    // Code of the user has replaced it.
  }
}

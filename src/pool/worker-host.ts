// The pool's end of one worker: what it was given, what it has started, and what it has answered.
import { performance } from '../task/platform.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link, Transport } from '../transport/transport.ts';
import { longestRun } from '../wire/claims.ts';
import { checkBatch } from '../wire/check.ts';
import type { ToPool } from '../wire/messages.ts';
import type { ModuleLoader } from '../wire/module-loader.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import type { TaskOf } from './begun.ts';
import { InFlight } from './in-flight.ts';
import type { HostEvents } from './host-events.ts';
import { Leaving } from './leaving.ts';
import { LoopWatch } from './loop-watch.ts';
import type { PoolSettings } from './options.ts';
import { Pinned } from './pinned.ts';
import type { PoolWide } from './pool-wide.ts';
import { startMessage } from './start-message.ts';
import { Vitals } from './vitals.ts';

/** `retiring`: takes no more, and ends what it has. `draining`: told to tear down and end. */
export type HostState = 'starting' | 'ready' | 'retiring' | 'draining' | 'stopped';

export class WorkerHost {
  readonly id: number;
  readonly startedAt = performance.now();
  state: HostState = 'starting';
  /** Tasks for this worker and no other, until it is ready for them. */
  readonly pinned: Pinned;
  /** Since when it has been setting itself up. */
  setupSince: number | undefined;
  /** It took work at some time. */
  wasReady = false;
  /** Why it could not start, or what it said about its end before it ended. */
  lastWords: { reason: unknown } | undefined;
  /** Why the pool ended it, and for which task, if it was for one. */
  ended: { readonly reason: unknown; readonly taskId: number | undefined } | undefined;
  /** It was ended because its process was stopped. */
  wasStopped = false;
  /** It ended because it was told to. */
  isExpected = false;
  /** A signal to the process group ended it before it was up. */
  wasInterrupted = false;
  /** The function whose module took too long to load, as long as it has said nothing since: its loop may be held by it for ever. */
  hungAtLoad: FunctionReference | undefined;
  /** How it is, as it said last. */
  readonly vitals = new Vitals();
  /** Whether its loop comes back. */
  readonly loop = new LoopWatch();
  readonly #events: HostEvents;
  readonly #link: Link;
  readonly #modules: ModuleLoader;
  readonly #leaving: Leaving;
  readonly #hasTeardown: boolean;
  #hasTornDown = false;
  readonly #mostTasks: number;
  /** What it was given and has not ended. */
  readonly tasks: InFlight;
  #isDiscarded = false;
  #isDeaf = false;
  #isSpent = false;
  #isKilled = false;

  constructor(id: number, settings: PoolSettings, shared: PoolWide, transport: Transport, events: HostEvents) {
    this.id = id;
    this.pinned = new Pinned(id);
    this.#events = events;
    const { name, concurrency, graceMs, recycle, onOutput } = settings;
    this.#modules = settings.modules;
    this.#hasTeardown = settings.teardown !== undefined;
    this.#leaving = new Leaving(graceMs, () => this.#link.kill());
    this.#mostTasks = recycle.afterTasks;
    this.#link = transport(
      {
        name: `${name} ${id}`,
        ...settings.surroundings,
        graceMs,
        mostRuns: concurrency + 2 * longestRun,
        onOutput: onOutput && ((stream, chunk) => onOutput({ worker: { id }, stream, chunk })),
      },
      {
        onBatch: (batch) =>
          this.#hear(() => {
            checkBatch(batch);
            this.#handle(batch);
          }),
        onTakenBack: (run, from) =>
          this.#hear(() => {
            this.tasks.askingBack.hear(run, from);
            events.onRoom(this);
          }),
        onDrain: () => events.onRoom(this),
        onExit: (exit) => {
          this.isExpected = this.state === 'draining' || (this.#isKilled && this.ended === undefined);
          this.state = 'stopped';
          this.#leaving.over();
          events.onExit(this, exit);
        },
      },
    );
    this.tasks = new InFlight(id, this.#link, concurrency, shared, {
      onFulfilled: events.onFulfilled,
      onRan: events.onRan,
      onTooLate: events.onTooLate,
      onSaid: events.onSaid,
      onEnd: (task, kind, body, payloadError) => events.onEnd(this, task, kind, body, payloadError),
      onFailed: (task, reason, isLoadFailure) => events.onFailed(this, task, reason, isLoadFailure),
      onGivenBack: events.onGivenBack,
    });
    this.#link.send([startMessage(id, settings)]);
  }

  get pid(): number | undefined {
    return this.#link.pid;
  }

  get isOpen(): boolean {
    return this.state === 'ready' && !this.#link.isCongested;
  }

  /** So many, or as many more as it may have in its life. For most that has no end, and the number stays a whole one. */
  atMost(count: number): number {
    return this.#mostTasks === Infinity ? count : Math.min(count, this.#leftTasks);
  }

  /** It has been given the last task of its life. */
  get isUsedUp(): boolean {
    return this.#mostTasks !== Infinity && this.#leftTasks <= 0;
  }

  get #leftTasks(): number {
    return this.#mostTasks - this.tasks.meter.ended - this.tasks.size;
  }

  /** It takes tasks, or will when it has started. */
  get isStaying(): boolean {
    return (this.state === 'starting' || this.state === 'ready') && !this.isUsedUp;
  }

  /** How many tasks of this function it may be given now. */
  allowance(fn: FunctionReference): number {
    return this.isOpen ? this.atMost(this.tasks.allowance(fn)) : 0;
  }

  /** It has said something of its start. */
  get hasBegun(): boolean {
    return this.wasReady || this.setupSince !== undefined || this.lastWords !== undefined;
  }

  /** Asks it to tear down and end, for which it has the grace. */
  stop(): void {
    if (this.state === 'draining') return;
    this.state = 'draining';
    this.#link.send([{ type: 'stop' }]);
    this.#leaving.stopping((graceMs) => {
      if (this.#hasTeardown && this.wasReady && !this.#hasTornDown) {
        const why = `it had not ended after ${graceMs} ms. If it needs longer, raise \`graceMs\``;
        this.#events.onTeardownFailed(this, new Error(why));
      }
      this.kill();
    });
  }

  /** Gives it nothing more; it is stopped when it has ended what it has. */
  retire(): void {
    if (this.state === 'starting') this.stop();
    if (this.state !== 'ready') return;
    this.state = 'retiring';
    this.#stopIfEmpty();
  }

  /** Has the next one started where this one has been given its last task. */
  tellIfSpent(): void {
    if (this.#isSpent || !this.isUsedUp) return;
    this.#isSpent = true;
    this.#events.onSpent(this);
  }

  /** Gives it nothing more, and has the next one started at once. */
  recycle(): void {
    if (this.state !== 'ready') return;
    this.retire();
    if (this.#isSpent) return;
    this.#isSpent = true;
    this.#events.onSpent(this);
  }

  #stopIfEmpty(): void {
    if (this.tasks.meter.ended >= this.#mostTasks && this.state === 'ready') this.state = 'retiring';
    if (this.state === 'retiring' && this.tasks.size === 0) this.stop();
  }

  /** Asks whether its loop comes back; whatever it says is the answer. */
  ping(): void {
    this.#link.send([{ type: 'ping' }]);
  }

  /** Ends it because it takes too long over something, or for a task that does not end. What it had sent still counts. */
  endBecause(reason: unknown, taskId?: number): void {
    if (!this.#isKilled) this.ended = { reason, taskId };
    this.kill();
  }

  /** For how long no part of the worker has answered, its loop aside; 0 where it lives, or that cannot be asked. */
  stoppedMs(now: number): number {
    return this.#isKilled ? 0 : (this.#link.pulse?.look(now) ?? 0);
  }

  kill(): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    this.#link.kill();
  }

  /** Ends it and hears nothing more of it; what it was given is the caller's to settle. */
  discard(): TaskOf[] {
    this.#isDiscarded = true;
    const { started, unstarted } = this.tasks.takeUnsettled();
    this.kill();
    for (const submission of unstarted)
      for (let at = 0; at < submission.count; at++) started[started.length] = [submission, at];
    return started;
  }

  #hear(handle: () => void): void {
    if (this.#isDiscarded || this.#isDeaf) return;
    try {
      handle();
    } catch (reason) {
      // It speaks nonsense, so nothing that it says can be trusted any more. Its tasks fail with it, and nobody else's.
      this.#isDeaf = true;
      this.endBecause(reason);
    }
  }

  #hearLastWords({ payload }: ToPool): void {
    whenUnpacked(payload?.[0], 'error', this.#modules, (reason) => {
      this.lastWords = { reason };
    });
  }

  /** What it said was its last words was caught after all. */
  #livesOn(): void {
    this.lastWords = undefined;
    this.#leaving.livesOn();
  }

  #handle(batch: readonly ToPool[]): void {
    this.loop.hasSpoken = true;
    for (const message of batch) {
      switch (message.type) {
        case 'turn':
          this.#livesOn();
          this.tasks.hearTurn(message);
          break;
        case 'started':
          this.#livesOn();
          this.tasks.hearStarted(message);
          break;
        case 'said':
          this.#livesOn();
          this.tasks.speech.hear(message);
          break;
        case 'want':
          this.#livesOn();
          this.tasks.feeding.hear(message);
          break;
        case 'settingUp':
          this.setupSince = performance.now();
          break;
        case 'ready':
          this.wasReady = true;
          if (this.state === 'starting') this.state = 'ready';
          // What it says now, before its first task, is what is measured from.
          this.ping();
          this.#events.onReady(this);
          break;
        case 'pong':
          this.#livesOn();
          this.vitals.hear(message, performance.now());
          break;
        case 'printing':
          this.#leaving.printing(message.isBehind);
          break;
        case 'dying':
          this.#leaving.dying();
          this.#hearLastWords(message);
          // Code of the user may catch the exception. Then the worker answers, also where it has nothing else to say.
          this.ping();
          break;
        case 'startFailed':
          this.#hearLastWords(message);
          break;
        case 'stopped':
          this.#hasTornDown = true;
          if (message.payload === undefined) break;
          whenUnpacked(message.payload[0], 'error', this.#modules, (reason) =>
            this.#events.onTeardownFailed(this, reason),
          );
          break;
      }
    }
    this.#stopIfEmpty();
    this.#events.onRoom(this);
  }
}

// The pool's end of one worker: what it was given, what it has started, and what it has answered.
import { realm } from '../task/realm.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Outcome } from '../task/outcome.ts';
import type { Link, Transport, WorkerExit } from '../transport/transport.ts';
import { longestRun } from '../wire/claims.ts';
import { PLAIN, type Start, type ToPool } from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { InFlight, type InFlightEvents, type TaskOf } from './in-flight.ts';
import type { PoolSettings } from './options.ts';

/** `draining`: told to tear down and end. */
export type HostState = 'starting' | 'ready' | 'draining' | 'stopped';

export interface HostEvents extends Pick<InFlightEvents, 'onFulfilled' | 'onGivenBack'> {
  onReady(host: WorkerHost): void;
  /** A task has ended. `isLoadFailure`: its function could not be found, so it never started. */
  onOutcome(host: WorkerHost, submission: Submission, at: number, outcome: Outcome, isLoadFailure: boolean): void;
  /** There may be room again. */
  onRoom(host: WorkerHost): void;
  onTeardownFailed(host: WorkerHost, reason: unknown): void;
  onExit(host: WorkerHost, exit: WorkerExit): void;
}

export class WorkerHost {
  readonly id: number;
  readonly startedAt = performance.now();
  state: HostState = 'starting';
  /** Tasks for this worker and no other, until it is ready for them. */
  readonly pinned: Submission[] = [];
  /** It took work at some time. */
  wasReady = false;
  /** Why it could not start, or what it said about its end before it ended. */
  lastWords: { reason: unknown } | undefined;
  readonly #events: HostEvents;
  readonly #link: Link;
  /** What it was given and has not ended. */
  readonly tasks: InFlight;
  #isDiscarded = false;
  #isDeaf = false;
  #isKilled = false;

  constructor(id: number, settings: PoolSettings, transport: Transport, events: HostEvents) {
    this.id = id;
    this.#events = events;
    const { name, env, execArgv, concurrency } = settings;
    this.#link = transport(
      { name: `${name} ${id}`, env, execArgv, mostRuns: concurrency + 2 * longestRun },
      {
        onBatch: (batch) => this.#hear(() => this.#handle(batch)),
        onTakenBack: (run, from) => this.#hear(() => this.tasks.hearTakenBack(run, from)),
        onDrain: () => events.onRoom(this),
        onExit: (exit) => {
          this.state = 'stopped';
          events.onExit(this, exit);
        },
      },
    );
    this.tasks = new InFlight(id, this.#link, concurrency, {
      onFulfilled: events.onFulfilled,
      onOutcome: (submission, at, outcome, isLoadFailure) =>
        events.onOutcome(this, submission, at, outcome, isLoadFailure),
      onGivenBack: events.onGivenBack,
    });
    this.#start(settings);
  }

  get pid(): number | undefined {
    return this.#link.pid;
  }

  get isOpen(): boolean {
    return this.state === 'ready' && !this.#link.isCongested;
  }

  /** How many tasks of this function it may be given now. */
  allowance(fn: FunctionReference): number {
    return this.isOpen ? this.tasks.allowance(fn) : 0;
  }

  /** Asks it to tear down and end. */
  stop(): void {
    this.state = 'draining';
    this.#link.send([{ type: 'stop' }]);
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
    for (const submission of unstarted) for (let at = 0; at < submission.count; at++) started.push([submission, at]);
    return started;
  }

  #start({ kind, concurrency, setup, teardown }: PoolSettings): void {
    const start: Start = {
      type: 'start',
      worker: this.id,
      kind,
      depth: realm.depth + 1,
      concurrency,
      setup: setup && { url: setup.fn.url, name: setup.fn.name },
      teardown: teardown && { url: teardown.fn.url, name: teardown.fn.name },
      forms: [setup?.form ?? PLAIN, teardown?.form ?? PLAIN],
      payload: [setup?.body, teardown?.body],
    };
    this.#link.send([start]);
  }

  #hear(handle: () => void): void {
    if (this.#isDiscarded || this.#isDeaf) return;
    try {
      handle();
    } catch (reason) {
      // It speaks nonsense, so nothing that it says can be trusted any more. Its tasks fail with it, and nobody else's.
      this.lastWords = { reason };
      this.#isDeaf = true;
      this.kill();
    }
  }

  #handle(batch: readonly ToPool[]): void {
    for (const message of batch) {
      switch (message.type) {
        case 'turn':
          // It lives on: what it said was its last words was caught after all.
          this.lastWords = undefined;
          this.tasks.hearTurn(message);
          break;
        case 'started':
          this.lastWords = undefined;
          this.tasks.hearStarted(message);
          break;
        case 'ready':
          this.wasReady = true;
          if (this.state === 'starting') this.state = 'ready';
          this.#events.onReady(this);
          break;
        case 'startFailed':
        case 'dying':
          whenUnpacked(message.payload?.[0], 'error', (reason) => {
            this.lastWords = { reason };
          });
          break;
        case 'stopped':
          if (message.payload === undefined) break;
          whenUnpacked(message.payload[0], 'error', (reason) => this.#events.onTeardownFailed(this, reason));
          break;
      }
    }
    this.#events.onRoom(this);
  }
}

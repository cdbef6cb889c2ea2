// The pool's end of one worker: what it was given, what it has started, and what it has answered.
import { NotSerializableError, PolyloopBugError } from '../errors.ts';
import { realm } from '../task/realm.ts';
import { Task } from '../task/task.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { failed, fulfilled, messageOf, type Outcome } from '../task/outcome.ts';
import type { Link, Transport, WorkerExit } from '../transport/transport.ts';
import { FULFILLED, NOT_LOADED, PLAIN, REFUSED, type Ended, type Start, type ToPool } from '../wire/messages.ts';
import { packThrown } from '../wire/pack.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import type { PoolSettings } from './options.ts';
import { TaskSender } from './task-sender.ts';

/** `draining`: told to tear down and end. */
export type HostState = 'starting' | 'ready' | 'draining' | 'stopped';

export interface HostEvents {
  onReady(host: WorkerHost): void;
  /** A task has ended. `isLoadFailure`: its function could not be found, so it never started. */
  onOutcome(host: WorkerHost, task: Task, outcome: Outcome, isLoadFailure: boolean): void;
  /** There may be room again. */
  onRoom(host: WorkerHost): void;
  onTeardownFailed(host: WorkerHost, reason: unknown): void;
  onExit(host: WorkerHost, exit: WorkerExit): void;
}

export class WorkerHost {
  readonly id: number;
  state: HostState = 'starting';
  inFlight = 0;
  /** Outcomes that it has delivered. */
  ended = 0;
  /** Tasks for this worker and no other, until it is ready for them. */
  readonly pinned: Task[] = [];
  /** It took work at some time. */
  wasReady = false;
  /** Why it could not start, or what it said about its end before it ended. */
  lastWords: { reason: unknown } | undefined;
  readonly #events: HostEvents;
  readonly #link: Link;
  readonly #slots: (Task | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #sender: TaskSender;
  #outbox: Task[] = [];
  #isDiscarded = false;
  #isDeaf = false;

  constructor(id: number, settings: PoolSettings, transport: Transport, events: HostEvents) {
    this.id = id;
    this.#events = events;
    this.#link = transport(
      { name: `${settings.name} ${id}`, env: settings.env, execArgv: settings.execArgv },
      {
        onBatch: (batch) => this.#receive(batch),
        onDrain: () => events.onRoom(this),
        onExit: (exit) => {
          this.state = 'stopped';
          events.onExit(this, exit);
        },
      },
    );
    this.#sender = new TaskSender(this.#link);
    this.#start(settings);
  }

  get pid(): number | undefined {
    return this.#link.pid;
  }

  get isOpen(): boolean {
    return this.state === 'ready' && !this.#link.isCongested;
  }

  get isStarting(): boolean {
    return this.state === 'starting';
  }

  /** Gives it a task; {@link flush} sends. */
  give(task: Task): void {
    const slot = this.#freeSlots.pop() ?? this.#slots.length;
    this.#slots[slot] = task;
    task.slot = slot;
    task.message = 0;
    task.state = 'inFlight';
    this.inFlight++;
    this.#outbox.push(task);
  }

  /** Sends what was given since the last time, as one. */
  flush(): void {
    if (this.#outbox.length === 0) return;
    const tasks = this.#outbox;
    this.#outbox = [];
    // Settled only when all are sent, for what a failure leads to may cancel tasks that were just on their way.
    for (const [task, reason] of this.#sender.send(tasks)) {
      this.#free(task);
      this.#events.onOutcome(this, task, failed(reason), false);
    }
  }

  holds(task: Task): boolean {
    return this.#slots[task.slot] === task;
  }

  /** Given, but still here: nothing of it was sent. */
  isUnsent(task: Task): boolean {
    return this.#outbox.includes(task);
  }

  takeBack(task: Task): void {
    this.#outbox.splice(this.#outbox.indexOf(task), 1);
    this.#free(task);
  }

  /** Tells a running task to end. */
  cancel(task: Task, reason: unknown): void {
    task.state = 'cancelling';
    this.#link.send([{ type: 'cancel', slot: task.slot, payload: [packThrown(reason)] }]);
  }

  /** Gives up on a task that cannot be ended; its slot is not used again before it has ended after all. */
  abandon(task: Task): void {
    this.#slots[task.slot] = abandoned;
    this.inFlight--;
  }

  /** Asks it to tear down and end. */
  stop(): void {
    this.state = 'draining';
    this.#link.send([{ type: 'stop' }]);
  }

  kill(): void {
    this.#link.kill();
  }

  /** What it was given and has not answered: tasks that it had started, and tasks that can run elsewhere as if nothing had been. */
  takeUnsettled(): { started: Task[]; unstarted: Task[] } {
    const started: Task[] = [];
    const unstarted: Task[] = [];
    const unsent = new Set(this.#outbox);
    for (const task of this.#slots) {
      if (task === undefined || task === abandoned) continue;
      const isUnsent = unsent.has(task);
      // What was moved to a worker died with it, so the task cannot run again, started or not.
      const isUnstarted = isUnsent || (this.#sender.isUnstarted(task.message) && task.options.transfer === undefined);
      (isUnstarted ? unstarted : started).push(task);
    }
    this.#slots.length = 0;
    this.#outbox = [];
    this.inFlight = 0;
    return { started, unstarted: unstarted.toSorted((one, other) => one.id - other.id) };
  }

  /** Ends it and hears nothing more of it; what it was given is the caller's to settle. */
  discard(): Task[] {
    this.#isDiscarded = true;
    const { started, unstarted } = this.takeUnsettled();
    this.kill();
    return [...started, ...unstarted, ...this.pinned.splice(0)];
  }

  /** True where it has started tasks of this function, so that its module has loaded. */
  hasLoaded(fn: FunctionReference): boolean {
    return this.#sender.hasLoaded(fn);
  }

  #start({ kind, setup, teardown }: PoolSettings): void {
    const start: Start = {
      type: 'start',
      worker: this.id,
      kind,
      depth: realm.depth + 1,
      setup: setup && { url: setup.fn.url, name: setup.fn.name },
      teardown: teardown && { url: teardown.fn.url, name: teardown.fn.name },
      forms: [setup?.form ?? PLAIN, teardown?.form ?? PLAIN],
      payload: [setup?.body, teardown?.body],
    };
    this.#link.send([start]);
  }

  #receive(batch: readonly ToPool[]): void {
    if (this.#isDiscarded) return;
    try {
      this.#handle(batch);
    } catch (reason) {
      // It speaks nonsense, so nothing that it says can be trusted any more. Its tasks fail with it, and nobody else's.
      this.lastWords = { reason };
      this.#isDeaf = true;
      this.kill();
    }
  }

  #handle(batch: readonly ToPool[]): void {
    if (this.#isDeaf) return;
    for (const message of batch) {
      switch (message.type) {
        case 'ended':
          this.#endedTasks(message);
          break;
        case 'started':
          // It lives on: what it said was its last words was caught after all.
          this.lastWords = undefined;
          this.#sender.begun(message.message);
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

  #endedTasks({ ends, payload = [], payloadError }: Ended): void {
    for (let at = 0; 3 * at < ends.length; at++) {
      const slot = ends[3 * at] ?? -1;
      const code = ends[3 * at + 1];
      const task = this.#slots[slot];
      if (task === undefined)
        throw new PolyloopBugError(`worker ${this.id} sent an outcome for slot ${slot}, which holds no task`);
      this.ended++;
      if (task === abandoned) {
        this.#slots[slot] = undefined;
        this.#freeSlots.push(slot);
        continue;
      }
      this.#free(task);
      const isLoadFailure = code === NOT_LOADED;
      if (isLoadFailure || code === REFUSED) this.#sender.forget(task.message);
      if (payloadError !== undefined) {
        const why = messageOf(payloadError);
        const reason = new NotSerializableError('result', `decoding failed (${why})`, { cause: payloadError });
        this.#events.onOutcome(this, task, failed(reason), false);
      } else if (ends[3 * at + 2] === PLAIN) {
        const value = payload[at];
        this.#events.onOutcome(this, task, code === FULFILLED ? fulfilled(value) : failed(value), isLoadFailure);
      } else {
        const tell = (value: unknown, isRead: boolean): void => {
          this.#events.onOutcome(
            this,
            task,
            isRead && code === FULFILLED ? fulfilled(value) : failed(value),
            isLoadFailure,
          );
        };
        whenUnpacked(
          payload[at],
          'result',
          (value) => tell(value, true),
          (error) => tell(error, false),
        );
      }
    }
  }

  #free(task: Task): void {
    this.#slots[task.slot] = undefined;
    this.#freeSlots.push(task.slot);
    this.inFlight--;
  }
}

/** Stands in a slot whose task was given up. */
const abandoned: Task = new (class extends Task {
  settle(): void {}
})({ url: '', name: 'abandoned' }, [], {});

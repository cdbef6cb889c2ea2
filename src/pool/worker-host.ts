// The pool's end of one worker: what it was given, what it has started, and what it has answered.
import { NotSerializableError, PolyloopBugError } from '../errors.ts';
import { Task } from '../task/task.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { failed, fulfilled, messageOf, type Outcome } from '../task/outcome.ts';
import type { Link, Transport, WorkerExit } from '../transport/transport.ts';
import {
  FULFILLED,
  NOT_LOADED,
  PACKED,
  PLAIN,
  type Ended,
  type Form,
  type Run,
  type Start,
  type ToPool,
  type ToWorker,
} from '../wire/messages.ts';
import { pack, packThrown } from '../wire/pack.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { isPlain } from '../wire/values.ts';
import type { PoolSettings } from './options.ts';

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
  readonly #functions = new Map<FunctionReference, number>();
  #outbox: Task[] = [];
  readonly #refused: [task: Task, reason: NotSerializableError][] = [];
  #lastMessage = 0;
  #isDiscarded = false;
  /** Messages whose tasks the worker has not begun to start. */
  readonly #unstarted: number[] = [];

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
    task.state = 'inFlight';
    this.inFlight++;
    this.#outbox.push(task);
  }

  /** Sends what was given since the last time, as one. */
  flush(): void {
    if (this.#outbox.length === 0) return;
    const tasks = this.#outbox;
    this.#outbox = [];
    const batch: ToWorker[] = [];
    let run: Run | undefined;
    let fnOfRun: FunctionReference | undefined;
    for (const task of tasks) {
      if (task.options.transfer !== undefined || !isPlain(task.args)) {
        this.#send(batch.splice(0), tasks);
        this.#sendPacked(task);
        run = undefined;
        continue;
      }
      if (run === undefined || fnOfRun !== task.fn || run.attempt !== task.attempt) {
        run = this.#newRun(task, batch);
        fnOfRun = task.fn;
      }
      this.#addCall(run, task, PLAIN, task.args);
    }
    this.#send(batch, tasks);
    // Only now, for what their failure leads to may cancel tasks that were just being sent.
    for (const [task, reason] of this.#refused.splice(0)) this.#events.onOutcome(this, task, failed(reason), false);
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
      const isUnstarted = isUnsent || (this.#unstarted.includes(task.message) && task.options.transfer === undefined);
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

  #start({ kind, setup, teardown }: PoolSettings): void {
    const start: Start = {
      type: 'start',
      worker: this.id,
      kind,
      setup: setup && { url: setup.fn.url, name: setup.fn.name },
      teardown: teardown && { url: teardown.fn.url, name: teardown.fn.name },
      forms: [setup?.form ?? PLAIN, teardown?.form ?? PLAIN],
      payload: [setup?.body, teardown?.body],
    };
    this.#link.send([start]);
  }

  #newRun(task: Task, batch: ToWorker[]): Run {
    let fn = this.#functions.get(task.fn);
    if (fn === undefined) {
      fn = this.#functions.size;
      this.#functions.set(task.fn, fn);
      // At once and alone: a neighbour in the batch that cannot be encoded must not take it along.
      this.#link.send([{ type: 'define', fn, url: task.fn.url, name: task.fn.name }]);
    }
    const run: Run = { type: 'run', message: ++this.#lastMessage, fn, attempt: task.attempt, calls: [], payload: [] };
    this.#unstarted.push(run.message);
    batch.push(run);
    return run;
  }

  #addCall(run: Run, task: Task, form: Form, args: unknown): void {
    task.message = run.message;
    run.calls.push(task.slot, task.id, form);
    run.payload?.push(args);
  }

  /** A task whose arguments need a closer look, or take memory with them. What goes wrong there must not touch its neighbours. */
  #sendPacked(task: Task): void {
    const { transfer } = task.options;
    const batch: ToWorker[] = [];
    let run: Run | undefined;
    try {
      const encoded = pack(task.args, 'args', { whole: true, moved: transfer });
      run = this.#newRun(task, batch);
      if (encoded.apart) run.apart = true;
      this.#addCall(run, task, encoded.isPacked ? PACKED : PLAIN, encoded.body);
      this.#link.send(batch, transfer);
    } catch (error) {
      this.#refuse(task, run, error);
    }
  }

  #send(batch: ToWorker[], tasks: readonly Task[]): void {
    if (batch.length === 0) return;
    try {
      this.#link.send(batch);
    } catch {
      // One of them cannot be encoded. Each goes alone then, and packed, for a copy made by hand can do more (a proxy).
      this.#resend(batch, tasks);
    }
  }

  #resend(batch: readonly ToWorker[], tasks: readonly Task[]): void {
    const messages = new Set(batch.map((message) => (message.type === 'run' ? message.message : 0)));
    for (const message of messages) this.#begun(message);
    for (const task of tasks) if (messages.has(task.message) && task.state === 'inFlight') this.#sendPacked(task);
  }

  /** The task's arguments cannot be encoded: it fails, and costs no slot. */
  #refuse(task: Task, run: Run | undefined, error: unknown): void {
    if (run !== undefined) this.#begun(run.message);
    this.#free(task);
    this.#refused.push([
      task,
      error instanceof NotSerializableError
        ? error
        : new NotSerializableError('args', messageOf(error), { cause: error }),
    ]);
  }

  #receive(batch: readonly ToPool[]): void {
    if (this.#isDiscarded) return;
    for (const message of batch) {
      switch (message.type) {
        case 'ended':
          this.#endedTasks(message);
          break;
        case 'started':
          this.#begun(message.message);
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

  #begun(message: number): void {
    const at = this.#unstarted.indexOf(message);
    if (at >= 0) this.#unstarted.splice(at, 1);
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
      if (isLoadFailure) this.#begun(task.message);
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

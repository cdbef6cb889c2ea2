// A run as the worker has it: its tasks are started in order, as many at once as may be, and end in any order.
import { TaskContext, type CallerLine, type Transferable, type WorkerInfo } from '../task/context.ts';
import type { Claims, RunKey } from '../wire/claims.ts';
import { machineNow } from '../wire/machine-clock.ts';
import {
  PLAIN,
  REJECTED,
  REFUSED,
  type Cancel,
  type Carried,
  type EndCode,
  type Feed,
  type Form,
  type More,
  type Run,
} from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { classModules, type LoadedFunction } from './functions.ts';
import { Inbound } from './inbound.ts';
import type { Outbox } from './outbox.ts';
import { callRestored, type Restore } from './restoring.ts';
import { yieldAll, type Streaming } from './streaming.ts';
import type { TaskFrame } from './task-frame.ts';

/** So many reports that were not heard yet are many. */
const manyReports = 1_000;

export class ReceivedRun implements RunKey {
  readonly number: number;
  readonly generation: number;
  readonly count: number;
  /** The id of its first task. */
  readonly firstId: number;
  readonly #isSingle: boolean;
  /** Its tasks only take and return: nothing comes along with them, nothing is fed to them, and they neither yield nor report. */
  readonly isBare: boolean;
  /** The pool must be able to tell when each of its tasks began. */
  readonly isTimed: boolean;
  /** Until when each of its tasks may be started, by place; where that is limited. */
  readonly #startBy: readonly number[] | undefined;
  /** When each task began, by place; undefined where the run is not timed. */
  readonly #begunAt: number[] | undefined;
  /** Its tasks are not given back. */
  readonly stays: boolean;
  /** How many values each of its tasks may yield before a reader has taken any; 0 where they yield none. */
  readonly yields: number;
  /** Something comes along with each of its tasks. */
  readonly #carries: boolean;
  /** How long it waited for the loop, in milliseconds. */
  lagMs: number;
  readonly #sentAt: number;
  fn: LoadedFunction | undefined;
  /** Its first tasks, so many of them, were announced to the pool. */
  announced = 0;
  /** How many have been started, and of these have not ended. */
  started = 0;
  running = 0;
  /** How long starting its tasks has held the loop, in milliseconds. */
  heldMs = 0;
  #isExhausted = false;
  readonly #attempt: number;
  readonly #ids: number | readonly number[];
  readonly #forms: readonly Form[] | undefined;
  readonly #payload: readonly unknown[];
  readonly #claims: Claims;
  /** Async tasks that have started and not ended, by place. */
  readonly #frames: (TaskFrame | undefined)[] = [];
  /** Tasks that yield, by place. */
  #streams: Map<number, Streaming> | undefined;
  readonly #isFed: boolean;
  /** What tasks are fed while they run, by place. */
  #inbound: Map<number, Inbound> | undefined;
  readonly #outbox: Outbox;
  /** Where reports are heard: how many of each task's have not been, by place. */
  readonly #reports: number[] | undefined;
  /** The places of timed tasks that were told to end while they ran. */
  #told: Set<number> | undefined;
  /** Tasks that were cancelled before they were started, by place. */
  #cancelled: Map<number, unknown> | undefined;

  constructor(
    {
      run,
      generation,
      count,
      attempt,
      arity,
      timed,
      startBy,
      yields,
      reports,
      fed,
      carries,
      stays,
      ids,
      forms,
      payload,
      sentAt,
    }: Run,
    claims: Claims,
    lagMs: number,
    outbox: Outbox,
  ) {
    this.number = run;
    this.#outbox = outbox;
    this.#isFed = fed === true;
    this.count = count;
    this.firstId = typeof ids === 'number' ? ids : (ids[0] ?? -1);
    this.#payload = payload ?? [];
    this.#carries = carries === true;
    this.#isSingle = arity === 1;
    this.isTimed = timed === true;
    this.#startBy = startBy;
    this.#begunAt = timed === true ? [] : undefined;
    this.stays = stays;
    this.generation = generation;
    this.lagMs = lagMs;
    this.#sentAt = sentAt;
    this.yields = yields ?? 0;
    this.isBare = !this.#carries && this.yields === 0 && reports !== true && fed !== true;
    this.#reports = reports ? [] : undefined;
    this.#attempt = attempt;
    this.#ids = ids;
    this.#forms = forms;
    this.#claims = claims;
    this.#isExhausted = !claims.arrive(run, generation, count);
  }

  /** How many have not been started. */
  get rest(): number {
    return this.#isExhausted ? 0 : this.count - this.started;
  }

  /** Nothing of it will be started any more, and nothing of it runs. */
  get isOver(): boolean {
    return this.running === 0 && this.rest === 0;
  }

  /** The place of the next task, which counts as started from here on; undefined where none is left. */
  next(): number | undefined {
    const now = this.isTimed ? machineNow() : 0;
    if (this.isTimed) this.#claims.stamp(this.number, now);
    const place = this.#claims.claim(this.number);
    if (place === undefined) {
      this.#isExhausted = true;
      return undefined;
    }
    this.started = place + 1;
    if (this.#begunAt !== undefined) this.#begunAt[place] = now;
    return place;
  }

  /** Its first task is about to start. It has waited until now. */
  starts(): void {
    this.lagMs = Math.max(this.lagMs, machineNow() - this.#sentAt);
  }

  /** The pool may have what has not been started. */
  giveBack(): void {
    this.#claims.takeBack(this.number, this.generation);
    this.#isExhausted = true;
  }

  formOf(place: number): Form {
    return this.#forms?.[place] ?? PLAIN;
  }

  /** What a task is called with, as it came. */
  argsOf(place: number): unknown {
    return this.#carries ? (this.#payload[place] as [Carried, unknown])[1] : this.#payload[place];
  }

  /** Calls the function for a task, inside of what comes along with it; where it yields, the result is when it has yielded all. */
  call(fn: LoadedFunction, place: number, args: unknown, frame: TaskFrame, restore?: Restore): unknown {
    // Apart, for what a closure holds on to would be made for every task.
    if (!this.isBare) return this.#callSpecially(fn, place, args, frame, restore);
    return this.#call(fn, args);
  }

  #callSpecially(fn: LoadedFunction, place: number, args: unknown, frame: TaskFrame, restore?: Restore): unknown {
    const context = frame.context as TaskContext;
    const call = (): unknown => {
      this.endsOf(place)?.begin();
      const result = this.#call(fn, args);
      return this.yields > 0 ? yieldAll(result, fn.name, this, place, context, this.#outbox) : result;
    };
    if (this.#reports !== undefined || this.yields > 0) context.connect(this.#lineOf(place));
    if (!this.#carries) return call();
    const [carried] = this.#payload[place] as [Carried, unknown];
    return callRestored(restore, carried, () => context.signal, call);
  }

  #call(fn: LoadedFunction, args: unknown): unknown {
    const { fn: run, self } = fn;
    // Not as a method of ours, which its `this` would then be.
    if (self === undefined) return this.#isSingle ? run(args) : run(...(args as unknown[]));
    return Reflect.apply(run, self, this.#isSingle ? [args] : (args as unknown[]));
  }

  contextOf(place: number, worker: WorkerInfo): TaskContext {
    const id = typeof this.#ids === 'number' ? this.#ids + place : (this.#ids[place] ?? -1);
    return new TaskContext(id, this.#attempt, worker);
  }

  #lineOf(place: number): CallerLine {
    const line: CallerLine = {};
    if (this.yields > 0) line.messages = () => this.inboundOf(place).messages();
    const unheard = this.#reports;
    if (unheard === undefined) return line;
    unheard[place] = 0;
    line.report = (value) => {
      this.#outbox.said(this.number, place, 'report', value);
      return ++unheard[place]! < manyReports;
    };
    return line;
  }

  /** What a task is fed. */
  inboundOf(place: number): Inbound {
    let inbound = this.#inbound?.get(place);
    if (inbound === undefined) {
      inbound = new Inbound(this.number, place, this.#outbox);
      (this.#inbound ??= new Map()).set(place, inbound);
    }
    return inbound;
  }

  /** Where a task has arguments that are fed: what they are fed through. */
  endsOf(place: number): Inbound | undefined {
    return this.#isFed ? this.inboundOf(place) : undefined;
  }

  /** Values for a task, which may have ended by now. */
  hearFeed(feed: Feed): void {
    const { place } = feed;
    // A signal may be aborted before the task is started.
    const inbound = place >= this.started ? this.inboundOf(place) : this.#inbound?.get(place);
    inbound?.hear(feed);
  }

  /** A task yields, for as long as that takes. */
  stream(place: number, streaming: Streaming): void {
    (this.#streams ??= new Map()).set(place, streaming);
  }

  /** So much of what a task has said was taken. */
  hearMore({ place, count, of }: More): void {
    if (of === 'yield') this.#streams?.get(place)?.more(count);
    else if (this.#reports !== undefined) this.#reports[place]! -= count;
  }

  /** A task goes on after it was started. */
  goesOn(place: number, frame: TaskFrame): void {
    this.#frames[place] = frame;
    this.running++;
  }

  /** A task has ended, or is given up. False where it was given up before. */
  ended(place: number, frame = this.#frames[place]): boolean {
    if (frame === undefined || this.#frames[place] !== frame) return false;
    this.#frames[place] = undefined;
    this.running--;
    if (!this.isBare) this.fallSilent(place, frame);
    return true;
  }

  /** A task that has ended yields and reports no more. */
  fallSilent(place: number, frame: TaskFrame): void {
    frame.disconnect();
    this.#inbound?.get(place)?.close();
    this.#inbound?.delete(place);
    this.#streams?.get(place)?.readerGone();
    this.#streams?.delete(place);
  }

  /** Tasks are to end. */
  hearCancel({ place, count, payload }: Cancel): void {
    const cancel = (reason: unknown): void => {
      for (let step = 0; step < count; step++) this.#cancel(place + step, reason);
    };
    whenUnpacked(payload?.[0], 'reason', classModules, cancel);
  }

  #cancel(place: number, reason: unknown): void {
    const frame = this.#frames[place];
    if (frame === undefined) (this.#cancelled ??= new Map()).set(place, reason);
    else {
      if (this.isTimed) (this.#told ??= new Set()).add(place);
      frame.abort(reason);
      this.#inbound?.get(place)?.cancel(reason);
    }
  }

  /**
   * How a task ends that is not to be started: it was cancelled before, or it has waited for too long. The latter is looked at when the start of the task
   * can be seen by the pool: a pool that sees no start after that time knows that there will be none.
   */
  whyNotStarted(place: number): { code: EndCode; reason: unknown } | undefined {
    if (this.#cancelled === undefined && this.#startBy === undefined) return undefined;
    if (this.#cancelled?.has(place) === true) return { code: REJECTED, reason: this.#cancelled.get(place) };
    const startBy = this.#startBy?.[place] ?? Infinity;
    return startBy !== Infinity && machineNow() > startBy ? { code: REFUSED, reason: undefined } : undefined;
  }

  /** Says what a task that was started has come to; of a timed run, also when the task began, and that it has ended now. */
  end(place: number, code: EndCode, value: unknown, transfers?: readonly Transferable[]): void {
    // Apart, for a time costs more than most tasks.
    if (this.#begunAt === undefined) this.#outbox.ended(this.number, place, code, value, transfers);
    else {
      const wasTold = this.#told?.has(place) === true;
      const times = { begunAt: this.#begunAt[place] ?? 0, endedAt: machineNow(), wasTold };
      this.#outbox.ended(this.number, place, code, value, transfers, times);
    }
  }
}

// The results of a `map`, read with `for await`. It pulls from its source, submits, and hands over, and never has more
// under way than its window: queued + running + finished but unread.
//
//     source --pull--> [ queued | running | finished, unread ] --read--> consumer
//                      \______________ window ______________/
import type { Outcome } from '../task/outcome.ts';
import { Task, type TaskOptions } from '../task/task.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { rejectWithCaller } from './caller-line.ts';
import { Fifo } from './fifo.ts';
import { Source, type AnySource } from './source.ts';
import type { Submitter } from './submitter.ts';

/** Why a map failed. */
export interface MapFailure {
  /** The place of the input in the source, counted from 0; undefined where the source itself threw. */
  readonly index: number | undefined;
  readonly input: unknown;
  /** What was thrown. */
  readonly reason: unknown;
  /** Siblings that failed too before all had ended. */
  readonly others: readonly { readonly index: number; readonly input: unknown; readonly reason: unknown }[];
}

/** What `map` returns: an async iterable, to be read once. Nothing happens before it is read. */
export interface Results<T> extends AsyncIterable<T> {
  /** Reads everything into an array. */
  toArray(): Promise<T[]>;
  /** Which input made the map fail; undefined while none has. */
  readonly failure: MapFailure | undefined;
}

/** One entry of a map with `settled: true`. */
export type Settled<T, Input = unknown> =
  | { readonly status: 'fulfilled'; readonly index: number; readonly value: T }
  | { readonly status: 'rejected'; readonly index: number; readonly input: Input; readonly reason: unknown };

/** What one map does with its items. */
export interface MapPlan {
  readonly fn: FunctionReference;
  readonly taskOptions: TaskOptions;
  readonly ordered: boolean;
  readonly settled: boolean;
  readonly window: number;
}

/** One item under way. */
class MapTask extends Task {
  readonly index: number;
  readonly #map: MapResults<unknown>;
  /** Its place in the list of items that have not ended. */
  place = -1;
  outcome: Outcome | undefined;

  constructor(map: MapResults<unknown>, plan: MapPlan, index: number, input: unknown) {
    super(plan.fn, [input], plan.taskOptions);
    this.#map = map;
    this.index = index;
  }

  get input(): unknown {
    return this.args[0];
  }

  settle(outcome: Outcome): void {
    this.outcome = outcome;
    this.#map.ended(this);
  }
}

/** Fulfils a promise that `next` returned: with a result, or with a promise that is rejected. */
type Reader = (result: IteratorResult<unknown> | Promise<never>) => void;

/** `stopping`: no more is pulled, what runs was told to end, and the map waits until all of it has.
 *  `failed`: all of it has ended, and the next read is told why. */
type State = 'idle' | 'running' | 'stopping' | 'failed' | 'ended';

export class MapResults<T> implements Results<T>, AsyncIterator<T> {
  #state: State = 'idle';
  readonly #submitter: Submitter;
  readonly #plan: MapPlan;
  readonly #source: Source;
  /** In input order: every item not yet read. Unordered: every finished item not yet read. */
  readonly #unread = new Fifo<MapTask>();
  readonly #active: MapTask[] = [];
  readonly #readers: Reader[] = [];
  #stopping: Promise<void> | undefined;
  #whenStopped: (() => void) | undefined;
  #pulled = 0;
  #read = 0;
  #failure: MapFailure | undefined;
  #stopReason: unknown;

  constructor(submitter: Submitter, plan: MapPlan, source: AnySource) {
    this.#submitter = submitter;
    this.#plan = plan;
    this.#source = new Source(source, {
      onItem: (input) => this.#accept(input),
      onEnd: () => this.#wake(),
      onFailure: (reason) => this.#fail({ index: undefined, input: undefined, reason, others: [] }),
      hasRoom: () => this.#state === 'running' && this.#pulled - this.#read < this.#plan.window,
    });
  }

  get failure(): MapFailure | undefined {
    return this.#failure;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    if (this.#state !== 'idle') {
      throw new TypeError(
        'The results of a map can be read once. Keep them with `await results.toArray()`, or call map again.',
      );
    }
    this.#state = 'running';
    return this;
  }

  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const value of this) all.push(value);
    return all;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#state === 'running' && this.#readers.length === 0) {
      this.#source.pull();
      const result = this.#take();
      if (result !== undefined) return Promise.resolve(result as IteratorResult<T>);
    }
    if (this.#state === 'failed') {
      this.#end();
      return rejectWithCaller(this.#failure?.reason);
    }
    if (this.#state === 'ended') return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve as Reader));
  }

  /** The loop was left early: the source is closed, queued work dropped, running work aborted and waited for. */
  async return(): Promise<IteratorResult<T>> {
    if (this.#state === 'running') {
      const closing = this.#source.close();
      closing.catch(ignore);
      await this.#stop(new DOMException('The results of the map are no longer read.', 'AbortError'));
      this.#end();
      await closing;
    } else await this.#stopping;
    return { done: true, value: undefined };
  }

  #accept(input: unknown): void {
    const task = new MapTask(this, this.#plan, this.#pulled++, input);
    task.place = this.#active.push(task) - 1;
    if (this.#plan.ordered) this.#unread.push(task);
    this.#submitter.submit(task);
  }

  /** Called by a task when it has ended, in whatever way. */
  ended(task: MapTask): void {
    this.#forget(task);
    const { outcome } = task;
    if (this.#state === 'stopping') {
      if (outcome?.ok === false && outcome.error !== this.#stopReason) this.#addFailure(task, outcome.error);
      if (this.#active.length === 0) this.#whenStopped?.();
    } else if (outcome?.ok === false && !this.#plan.settled) {
      this.#fail({ index: task.index, input: task.input, reason: outcome.error, others: [] });
    } else {
      if (!this.#plan.ordered) this.#unread.push(task);
      this.#wake();
    }
  }

  /** Hands over what is ready to whoever waits for it. */
  #wake(): void {
    while (this.#readers.length > 0) {
      const result = this.#take();
      if (result === undefined) return;
      this.#readers.shift()?.(result);
      if (this.#state === 'running') this.#source.pull();
    }
  }

  #take(): IteratorResult<unknown> | undefined {
    // A source that failed is done too, and a map that stops must not be taken for one that came to its end.
    if (this.#state !== 'running') return undefined;
    const task = this.#unread.peek();
    if (task?.outcome !== undefined) {
      this.#unread.shift();
      this.#read++;
      return { done: false, value: this.#valueOf(task, task.outcome) };
    }
    if (!this.#source.isDone || this.#read < this.#pulled) return undefined;
    this.#end();
    return { done: true, value: undefined };
  }

  #valueOf(task: MapTask, outcome: Outcome): unknown {
    if (!this.#plan.settled) return outcome.ok ? outcome.value : undefined;
    const { index, input } = task;
    return outcome.ok
      ? { status: 'fulfilled', index, value: outcome.value }
      : { status: 'rejected', index, input, reason: outcome.error };
  }

  /** The first failure: stop the source, abort the siblings, wait for each, then reject. */
  #fail(failure: MapFailure): void {
    if (this.#state !== 'running') return;
    this.#failure = failure;
    const closing = this.#source.close().catch(ignore);
    void this.#stop(new DOMException('Another item of the same map failed.', 'AbortError'))
      .then(() => closing)
      .then(() => this.#rejectReader());
  }

  #addFailure(task: MapTask, reason: unknown): void {
    if (this.#failure === undefined) return;
    const { index, input } = task;
    this.#failure = { ...this.#failure, others: [...this.#failure.others, { index, input, reason }] };
  }

  #rejectReader(): void {
    this.#state = 'failed';
    const reader = this.#readers.shift();
    if (reader === undefined) return;
    reader(rejectWithCaller(this.#failure?.reason));
    this.#end();
  }

  /** Resolves when nothing of this map runs any more. */
  #stop(reason: unknown): Promise<void> {
    this.#state = 'stopping';
    this.#stopReason = reason;
    for (const task of this.#active.slice()) this.#submitter.cancel(task, reason);
    this.#stopping =
      this.#active.length === 0 ? Promise.resolve() : new Promise((resolve) => (this.#whenStopped = resolve));
    return this.#stopping;
  }

  #end(): void {
    this.#state = 'ended';
    this.#unread.drain();
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  #forget(task: MapTask): void {
    const last = this.#active.pop();
    if (last === undefined || last === task) return;
    this.#active[task.place] = last;
    last.place = task.place;
  }
}

function ignore(): void {
  // The map already fails with what came first.
}

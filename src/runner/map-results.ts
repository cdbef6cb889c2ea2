// The results of a `map`, read with `for await`. It pulls from its source, submits, and hands over, and never has more
// under way than its window: queued + running + finished but unread.
//
//     source --pull--> [ queued | running | finished, unread ] --read--> consumer
//                      \______________ window ______________/
import { arrayEntries, arrayPush } from '../task/arrays.ts';
import { bindToScope } from '../task/async-context.ts';
import type { Outcome } from '../task/outcome.ts';
import { allOf, DOMException, NativePromise, promiseThen, resolved } from '../task/platform.ts';
import { livesAlone } from '../task/submission.ts';
import { CallSite, rejectWithCaller } from './caller-line.ts';
import { FreshInputs } from './fresh-inputs.ts';
import { ActiveBlocks, MapBlock, type BlockOwner, type FailedItem, type MapPlan } from './map-block.ts';
import type { MapState } from './map-state.ts';
import { MapReaders } from './map-readers.ts';
import { MapWindow } from './map-window.ts';
import { failureOf, type MapFailure, type Results } from './results.ts';
import { abortedWith, forgetSignal, isAborted, isReasonOf, listen, reasonOf, type Abortable } from './signals.ts';
import { Source, type AnySource } from './source.ts';
import type { Refusable, Submitter } from './submitter.ts';
import { nothing, Unread } from './unread.ts';
import { closeUnsent, ignore } from './unsent.ts';

export class MapResults<T> implements Results<T>, AsyncIterator<T>, BlockOwner, Abortable, Refusable {
  #state: MapState = 'idle';
  readonly #submitter: Submitter;
  readonly #plan: MapPlan;
  readonly #source: Source;
  readonly #unread = new Unread();
  /** Nobody awaits what an entry holds. */
  readonly #calledFrom: CallSite | undefined;
  /** In a pool inside of a task, tasks are accepted in the context of that task only. */
  readonly #fresh = new FreshInputs(bindToScope(() => this.#submit()));
  readonly #active = new ActiveBlocks();
  readonly #readers: MapReaders;
  #stopping: Promise<void> | undefined;
  #whenStopped: (() => void) | undefined;
  readonly #window: MapWindow;
  #failure: MapFailure | undefined;
  readonly #others: FailedItem[] = [];
  #stopReason: unknown;
  constructor(submitter: Submitter, plan: MapPlan, source: AnySource) {
    this.#submitter = submitter;
    this.#plan = plan;
    this.#calledFrom = plan.settled ? new CallSite() : undefined;
    this.#readers = new MapReaders(submitter, this);
    this.#window = new MapWindow(
      submitter,
      plan,
      () => this.#source.pull(),
      (reason) => this.refuse(reason),
    );
    const events = {
      onItem: (input: unknown) => {
        this.#window.pulled++;
        this.#fresh.add(input);
      },
      onValues: (inputs: unknown[]) => {
        this.#window.pulled += inputs.length;
        this.#fresh.addValues(inputs);
      },
      onEnd: () => this.#wake(),
      onFailure: (reason: unknown) => this.#fail(failureOf(reason)),
      room: () => this.#room(),
    };
    this.#source = new Source(source, events, plan.taskOptions.scope);
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
    const { signal } = this.#plan.taskOptions;
    const refusal = this.#submitter.refusal();
    if (signal !== undefined && isAborted(signal)) this.aborted(reasonOf(signal));
    else if (refusal !== undefined) this.#fail(failureOf(refusal));
    else if (signal !== undefined) listen(signal, this);
    return this;
  }

  aborted(reason: unknown): void {
    this.#fail(failureOf(reason), reason);
  }

  readonly toArray = async (): Promise<T[]> => {
    this[Symbol.asyncIterator]();
    const all: T[] = [];
    // Not by `for await`: a promise for each item would cost more than the item.
    await new NativePromise<unknown>((resolve) => {
      this.#readers.waitForAll({ all, resolve });
      this.#source.pull();
      this.#wake();
    });
    return all;
  };

  next(): Promise<IteratorResult<T>> {
    if (this.#state === 'running' && this.#readers.waiting === 0) {
      // A value that is taken makes room for the next item, which runs while the reader works on the value.
      const taken = this.#take();
      this.#source.pull();
      const result = taken ?? this.#take();
      if (result !== undefined) return resolved(result as IteratorResult<T>);
    }
    if (this.#state === 'failed') {
      this.#end();
      return this.#rejection();
    }
    if (this.#state === 'ended') return resolved({ done: true, value: undefined });
    return this.#readers.wait() as Promise<IteratorResult<T>>;
  }

  /** The loop was left early: the source is closed, queued work dropped, running work aborted and waited for. Never rejects. */
  async return(): Promise<IteratorResult<T>> {
    if (this.#state === 'running') {
      const closing = promiseThen(this.#source.close(), undefined, ignore);
      await this.#stop(new DOMException('The results of the map are no longer read.', 'AbortError'));
      this.#end();
      await closing;
    } else await this.#stopping;
    return { done: true, value: undefined };
  }

  #room(): number {
    return this.#state === 'running' ? this.#window.room(this.#fresh.size) : 0;
  }

  /** The pool accepts no more tasks. What was accepted still ends; a map that only waits for its source, or for room, fails at once. */
  refuse(reason: unknown): void {
    if (this.#state !== 'running' || this.#window.refusal !== undefined) return;
    this.#window.refusal = { reason };
    this.#source.pull();
    this.#refuseIfIdle();
  }

  #refuseIfIdle(): void {
    const { refusal, isEmpty } = this.#window;
    if (refusal === undefined || !isEmpty || this.#state !== 'running' || this.#source.isDone) return;
    this.#failure ??= failureOf(refusal.reason);
    this.#fail(this.#failure);
  }

  /** Submits what was pulled in this turn as one block. */
  #submit(): void {
    if (this.#state !== 'running' || this.#fresh.size === 0) return;
    const inputs = this.#fresh.take();
    const first = this.#window.pulled - inputs.length;
    if (!livesAlone(this.#plan.taskOptions)) {
      this.#submitter.submit(this.addBlock(first, inputs, 0));
    } else {
      for (const [at, input] of arrayEntries(inputs)) {
        this.#submitter.submit(this.addBlock(first + at, [input], 0));
        // To be refused may have ended the map.
        if (this.#state !== 'running') return;
      }
    }
    this.#window.submitted();
  }

  addBlock(firstIndex: number, inputs: readonly unknown[], offset: number): MapBlock {
    return this.#active.add(new MapBlock(this, this.#plan, firstIndex, inputs, offset));
  }

  blockOver(block: MapBlock): void {
    this.#active.forget(block);
  }

  /** Tasks of a block have fulfilled. */
  fulfilled(block: MapBlock, at: number, values: readonly unknown[], from: number, to: number): void {
    if (block.left === 0) this.#active.forget(block);
    if (this.#state === 'stopping') {
      if (this.#active.size === 0) this.#whenStopped?.();
      return;
    }
    const { ordered, settled } = this.#plan;
    const first = block.firstIndex + at - from;
    if (this.#readers.sink !== undefined && !settled && (!ordered || first + from === this.#window.read)) {
      // They are next, and somebody reads everything: they need not wait among the unread.
      for (let place = from; place < to; place++) this.#readers.sink.all[this.#readers.sink.all.length] = values[place];
      this.#window.read += to - from;
      if (ordered) this.#unread.skip(to - from);
      this.#wake();
      return;
    }
    for (let place = from; place < to; place++) {
      const index = first + place;
      const value = settled ? { status: 'fulfilled', index, value: values[place] } : values[place];
      if (ordered) this.#unread.put(index, value);
      else this.#unread.push(value);
    }
    this.#wake();
  }

  /** A task of a block has ended, in whatever way. */
  ended(block: MapBlock, at: number, outcome: Outcome): void {
    if (outcome.ok) {
      this.fulfilled(block, at, [outcome.value], 0, 1);
      return;
    }
    if (block.left === 0) this.#active.forget(block);
    const item = block.failed(at, outcome.error);
    if (this.#state === 'stopping') {
      if (outcome.error !== this.#stopReason && outcome.error !== this.#failure?.reason)
        this.#others[this.#others.length] = item;
      if (this.#active.size === 0) this.#whenStopped?.();
    } else if (this.#plan.settled) {
      if (!isReasonOf(this.#plan.taskOptions.signal, outcome.error)) this.#calledFrom?.appendTo(outcome.error);
      const entry = { status: 'rejected', ...item };
      if (this.#plan.ordered) this.#unread.put(item.index, entry);
      else this.#unread.push(entry);
      this.#wake();
    } else this.#fail({ ...item, others: [] });
  }

  failedUnheard(block: MapBlock, at: number, reason: unknown): void {
    if (this.#state === 'stopping') arrayPush(this.#others, block.failed(at, reason));
  }

  /** What was pulled is told of each; to pull on would only bring more that is refused. */
  refused(reason: unknown): void {
    if (!this.#plan.settled || this.#state !== 'running') return;
    this.#failure ??= failureOf(reason);
    void promiseThen(this.#source.close(), undefined, ignore);
  }

  /** Hands over what is ready to whoever waits for it. */
  #wake(): void {
    const { sink } = this.#readers;
    if (sink !== undefined) {
      if (this.#state !== 'running') return;
      this.#window.read += this.#unread.takeAll(sink.all);
      if (this.#isAtEnd) this.#finish();
      else {
        this.#source.pull();
        this.#refuseIfIdle();
      }
      return;
    }
    while (this.#readers.waiting > 0) {
      const result = this.#take();
      if (result === undefined) break;
      this.#readers.hand(result);
      if (this.#state === 'running') this.#source.pull();
    }
    this.#refuseIfIdle();
  }

  #take(): IteratorResult<unknown> | undefined {
    // A source that failed is done too, and a map that stops must not be taken for one that came to its end.
    if (this.#state !== 'running') return undefined;
    const value = this.#unread.take();
    if (value !== nothing) {
      this.#window.read++;
      return { done: false, value };
    }
    if (!this.#isAtEnd) return undefined;
    this.#finish();
    return this.#failure === undefined ? { done: true, value: undefined } : undefined;
  }

  get #isAtEnd(): boolean {
    return this.#source.isDone && this.#window.isEmpty;
  }

  /** Everything was handed over. */
  #finish(): void {
    if (this.#failure === undefined) this.#end();
    else this.#rejectReader();
  }

  /** The first failure: stop the source, abort the siblings, wait for each, then reject. */
  #fail(
    failure: MapFailure,
    stopReason: unknown = new DOMException('Another item of the same map failed.', 'AbortError'),
  ): void {
    if (this.#state !== 'running') return;
    this.#failure = { ...failure, others: this.#others };
    const closing = promiseThen(this.#source.close(), undefined, ignore);
    void promiseThen(allOf([this.#stop(stopReason), closing]), () => this.#rejectReader());
  }

  #rejectReader(): void {
    this.#state = 'failed';
    const reader = this.#readers.takeFirst();
    if (reader === undefined) return;
    reader(this.#rejection());
    this.#end();
  }

  #rejection(): Promise<never> {
    const { signal } = this.#plan.taskOptions;
    const reason = this.#failure?.reason;
    return isReasonOf(signal, reason) ? abortedWith(signal) : rejectWithCaller(reason);
  }

  /** Resolves when nothing of this map runs any more. */
  #stop(reason: unknown): Promise<void> {
    this.#state = 'stopping';
    this.#stopReason = reason;
    forgetSignal(this.#plan.taskOptions.signal, this);
    for (const input of this.#fresh.take()) closeUnsent(input);
    for (const block of this.#active.all()) this.#submitter.cancel(block, reason);
    this.#stopping =
      this.#active.size === 0 ? resolved() : new NativePromise((resolve) => (this.#whenStopped = resolve));
    return this.#stopping;
  }

  #end(): void {
    this.#state = 'ended';
    forgetSignal(this.#plan.taskOptions.signal, this);
    this.#readers.end();
  }
}

// The results of a `map`, read with `for await`. It pulls from its source, submits, and hands over, and never has more
// under way than its window: queued + running + finished but unread.
//
//     source --pull--> [ queued | running | finished, unread ] --read--> consumer
//                      \______________ window ______________/
import type { Outcome } from '../task/outcome.ts';
import { livesAlone } from '../task/submission.ts';
import { CallSite, rejectWithCaller } from './caller-line.ts';
import { ActiveBlocks, MapBlock, type BlockOwner, type FailedItem, type MapPlan } from './map-block.ts';
import { failureOf, type MapFailure, type Results } from './results.ts';
import { abortedWith, forgetSignal, isReasonOf, listen, type Abortable } from './signals.ts';
import { Source, type AnySource } from './source.ts';
import type { Submitter } from './submitter.ts';
import { nothing, Unread } from './unread.ts';

/** Fulfils a promise that `next` returned: with a result, or with a promise that is rejected. */
type Reader = (result: IteratorResult<unknown> | Promise<never>) => void;

/** Who reads everything at once: where it goes, and the promise that is fulfilled at the end. */
interface Sink {
  readonly all: unknown[];
  readonly resolve: (result: unknown[] | Promise<never>) => void;
}

/** `stopping`: no more is pulled, what runs was told to end, and the map waits until all of it has.
 *  `failed`: all of it has ended, and the next read is told why. */
type State = 'idle' | 'running' | 'stopping' | 'failed' | 'ended';

export class MapResults<T> implements Results<T>, AsyncIterator<T>, BlockOwner, Abortable {
  #state: State = 'idle';
  readonly #submitter: Submitter;
  readonly #plan: MapPlan;
  readonly #source: Source;
  readonly #unread = new Unread();
  /** Nobody awaits what an entry holds. */
  readonly #calledFrom: CallSite | undefined;
  /** Pulled in this turn, and not submitted yet. */
  #fresh: unknown[] = [];
  readonly #active = new ActiveBlocks();
  readonly #readers: Reader[] = [];
  #sink: Sink | undefined;
  #stopping: Promise<void> | undefined;
  #whenStopped: (() => void) | undefined;
  #pulled = 0;
  #read = 0;
  #failure: MapFailure | undefined;
  readonly #others: FailedItem[] = [];
  #stopReason: unknown;
  #isWaitingForRoom = false;
  /** Items for which room was waited for, and is kept. */
  #letIn = 0;
  readonly #submitFresh = (): void => this.#submit();
  constructor(submitter: Submitter, plan: MapPlan, source: AnySource) {
    this.#submitter = submitter;
    this.#plan = plan;
    this.#calledFrom = plan.settled ? new CallSite() : undefined;
    this.#source = new Source(source, {
      onItem: (input) => this.#accept(input),
      onEnd: () => this.#wake(),
      onFailure: (reason) => this.#fail(failureOf(reason)),
      room: () => this.#room(),
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
    const { signal } = this.#plan.taskOptions;
    if (signal?.aborted) this.aborted(signal.reason);
    else if (signal !== undefined) listen(signal, this);
    return this;
  }

  aborted(reason: unknown): void {
    this.#fail(failureOf(reason), reason);
  }

  async toArray(): Promise<T[]> {
    this[Symbol.asyncIterator]();
    const all: T[] = [];
    // Not by `for await`: a promise for each item would cost more than the item.
    await new Promise<unknown>((resolve) => {
      this.#sink = { all, resolve };
      this.#source.pull();
      this.#wake();
    });
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
      return this.#rejection();
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

  #room(): number {
    if (this.#state !== 'running') return 0;
    const window = this.#plan.window ?? this.#submitter.windowFor(this.#plan.fn);
    const room = window - this.#pulled + this.#read;
    const inQueue = room <= 0 ? Infinity : this.#submitter.queueRoom();
    return inQueue === Infinity ? room : this.#upTo(room, inQueue + this.#letIn - this.#fresh.length);
  }

  /** So many, or as many as may wait in the queue of the pool. Where that is full, of whatever, it is waited for. */
  #upTo(room: number, mayWait: number): number {
    if (mayWait > 0 || this.#isWaitingForRoom) return Math.min(room, mayWait);
    this.#isWaitingForRoom = true;
    const pull = (): void => {
      this.#isWaitingForRoom = false;
      this.#letIn = 1;
      this.#source.pull();
      this.#letIn = 0;
    };
    this.#submitter.room().then(pull, pull);
    return mayWait;
  }

  #accept(input: unknown): void {
    this.#pulled++;
    if (this.#fresh.push(input) === 1) process.nextTick(this.#submitFresh);
  }

  /** Submits what was pulled in this turn as one block. */
  #submit(): void {
    if (this.#state !== 'running' || this.#fresh.length === 0) return;
    const inputs = this.#fresh;
    this.#fresh = [];
    const first = this.#pulled - inputs.length;
    if (!livesAlone(this.#plan.taskOptions)) {
      this.#submitter.submit(this.addBlock(first, inputs, 0));
      return;
    }
    for (const [at, input] of inputs.entries()) {
      this.#submitter.submit(this.addBlock(first + at, [input], 0));
      // To be refused may have ended the map.
      if (this.#state !== 'running') return;
    }
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
    if (this.#sink !== undefined && !settled && (!ordered || first + from === this.#read)) {
      // They are next, and somebody reads everything: they need not wait among the unread.
      for (let place = from; place < to; place++) this.#sink.all.push(values[place]);
      this.#read += to - from;
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
      if (outcome.error !== this.#stopReason && outcome.error !== this.#failure?.reason) this.#others.push(item);
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
    if (this.#state === 'stopping') this.#others.push(block.failed(at, reason));
  }

  /** What was pulled is told of each; to pull on would only bring more that is refused. */
  refused(reason: unknown): void {
    if (!this.#plan.settled || this.#state !== 'running') return;
    this.#failure ??= failureOf(reason);
    this.#source.close().catch(ignore);
  }

  /** Hands over what is ready to whoever waits for it. */
  #wake(): void {
    if (this.#sink !== undefined) {
      if (this.#state !== 'running') return;
      this.#read += this.#unread.takeAll(this.#sink.all);
      if (this.#isAtEnd) this.#finish();
      else this.#source.pull();
      return;
    }
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
    const value = this.#unread.take();
    if (value !== nothing) {
      this.#read++;
      return { done: false, value };
    }
    if (!this.#isAtEnd) return undefined;
    this.#finish();
    return this.#failure === undefined ? { done: true, value: undefined } : undefined;
  }

  get #isAtEnd(): boolean {
    return this.#source.isDone && this.#read === this.#pulled;
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
    const closing = this.#source.close().catch(ignore);
    void this.#stop(stopReason)
      .then(() => closing)
      .then(() => this.#rejectReader());
  }

  #rejectReader(): void {
    this.#state = 'failed';
    const reader = this.#sink?.resolve ?? this.#readers.shift();
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
    for (const block of this.#active.all()) this.#submitter.cancel(block, reason);
    this.#stopping =
      this.#active.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.#whenStopped = resolve));
    return this.#stopping;
  }

  #end(): void {
    this.#state = 'ended';
    forgetSignal(this.#plan.taskOptions.signal, this);
    this.#sink?.resolve(this.#sink.all);
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }
}

/** The map already fails with what came first. */
function ignore(): void {}

// `stream`: one call, many values, read with `for await` while the task yields them. The task is never further ahead of its
// reader than a window of values, which grows as long as the reader is faster than the messages that carry it.
//
//     generator --yield--> [ on the way | arrived, unread ] --read--> consumer
//                          \__________ window ___________/
import { arrayPush, arrayShift, arraySplice } from '../task/arrays.ts';
import type { Outcome } from '../task/outcome.ts';
import { DOMException, NativePromise, resolved } from '../task/platform.ts';
import { Submission, type Feeder, type TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { roughSize } from '../wire/rough-size.ts';
import { rejectWithCaller } from './caller-line.ts';
import { Fifo } from './fifo.ts';
import { Inbox } from './inbox.ts';
import { abortedWith, forgetSignal, isAborted, isReasonOf, listen, reasonOf, type Abortable } from './signals.ts';
import type { Submitter } from './submitter.ts';
import { closeUnsent, prepareSources } from './unsent.ts';

const firstWindow = 16;
const largestWindow = 1_024;
/** Values that are large are not gathered. */
const windowBytes = 1 << 20;

/** A call of {@link Runner.stream}: what its task yields, and the way to send to the task while it runs. */
export interface StreamCall<T> extends AsyncIterable<T> {
  /**
   * Sends a value to the task, which reads it from `context().messages`. Values arrive in order; those that are sent before the task has started, or
   * before it reads, are kept. The value is copied as it is now.
   *
   * Resolves with true when there is room for another one: at once while fewer than 1,000 values, or about 1 MB, wait for the task to read them. So a sender that
   * awaits it is never far ahead of the task. Do not await it where the task waits for you to read what it yields. Resolves with false where the task has ended and
   * reads nothing more. Never rejects. Throws a RangeError where that much waits already and the stream is not read yet, since its task starts when it is read.
   *
   * @throws {NotSerializableError} The value cannot cross.
   * @example
   * const call = pool.stream(chat, 'room 1');
   * for await (const line of call) if (line.endsWith('?')) await call.send('yes');
   */
  send(value: unknown): Promise<boolean>;
}

/** Fulfils a promise that `next` returned: with a value, or with a promise that is rejected. */
type Reader = (result: IteratorResult<unknown> | Promise<never>) => void;

/** `leaving`: nobody reads on, and the task was told to end. `failing`: a value is missing, and the task was told to end. */
type State = 'idle' | 'running' | 'leaving' | 'failing' | 'ended';

export class StreamTask<T> extends Submission implements StreamCall<T>, AsyncIterator<T>, Abortable {
  readonly #arguments: unknown;
  readonly #submitter: Submitter;
  /** What was sent to the task. */
  readonly #inbox = new Inbox();
  #reading: State = 'idle';
  #window = firstWindow;
  /** How many may come before it is asked for more. */
  #expected = firstWindow;
  /** The task waits until some are read. */
  #isWaiting = false;
  /** The reader has waited since more was asked for. */
  #isStarved = false;
  #hasYielded = false;
  readonly #unread = new Fifo<{ readonly value: unknown }>();
  readonly #readers: Reader[] = [];
  #outcome: Outcome | undefined;
  #whenSettled: (() => void)[] = [];
  /** Not a method, so that it can be taken apart from the call. */
  readonly send = (value: unknown): Promise<boolean> => {
    if (this.#reading === 'idle' && this.#inbox.isFull) {
      throw new RangeError(
        'Too many values wait for the task of a stream that is not read yet. It starts when it is read: read it, then send.',
      );
    }
    return this.#inbox.send(value, this.#submitter.crossing);
  };

  constructor(submitter: Submitter, fn: FunctionReference, args: readonly unknown[], options: TaskOptions) {
    super(fn, options, args.length, 1);
    this.#submitter = submitter;
    prepareSources(this, args);
    this.#arguments = args.length === 1 ? args[0] : args;
  }

  override get yieldsAhead(): number {
    return firstWindow;
  }

  override get mayRunAgain(): boolean {
    return !this.#hasYielded && !this.#inbox.isSpent;
  }

  override get inbox(): Feeder {
    return this.#inbox;
  }

  argumentsOf(): unknown {
    return this.#arguments;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    if (this.#reading !== 'idle') {
      throw new TypeError(
        'A stream can be read once. Keep its values with `await Array.fromAsync(stream)`, or call stream again.',
      );
    }
    this.#reading = 'running';
    const { signal } = this.options;
    if (signal !== undefined && isAborted(signal)) {
      closeUnsent(this.#arguments);
      this.#inbox.end();
      this.#outcome = { ok: false, error: reasonOf(signal) };
    } else {
      if (signal !== undefined) listen(signal, this);
      this.#submitter.submit(this);
    }
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#readers.length === 0) {
      const result = this.#take();
      if (result !== undefined) return resolved(result as IteratorResult<T>);
    }
    this.#isStarved = true;
    return new NativePromise((resolve) => arrayPush(this.#readers, resolve as Reader));
  }

  /**
   * The loop was left early: the task is told to end, its generator runs its `finally`, and that is waited for. Never rejects:
   * whether an error that lies ahead of the reader has arrived is chance, and so is what a `finally` throws beside it.
   */
  async return(): Promise<IteratorResult<T>> {
    if (this.#reading === 'idle' || this.#reading === 'ended') return { done: true, value: undefined };
    const isFirst = this.#reading === 'running';
    this.#reading = 'leaving';
    this.#inbox.end();
    this.#unread.drain();
    if (this.#outcome === undefined) {
      const settled = new NativePromise<void>((resolve) => arrayPush(this.#whenSettled, resolve));
      if (isFirst) this.#submitter.cancel(this, new DOMException('The stream is no longer read.', 'AbortError'));
      await settled;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  aborted(reason: unknown): void {
    this.#submitter.cancel(this, reason);
  }

  override yielded(value: Outcome, isWaiting: boolean): void {
    if (this.#reading !== 'running') return;
    if (!value.ok) {
      this.#reading = 'failing';
      this.#submitter.cancel(this, value.error);
      return;
    }
    this.#hasYielded = true;
    this.#expected--;
    if (isWaiting && this.#expected === 0) this.#isWaiting = true;
    const reader = arrayShift(this.#readers);
    if (reader === undefined) this.#unread.push({ value: value.value });
    else {
      reader({ done: false, value: value.value });
      this.#askAhead(value.value);
    }
  }

  settle(_at: number, outcome: Outcome): void {
    this.#outcome = outcome;
    this.#inbox.end();
    forgetSignal(this.options.signal, this);
    for (const settled of arraySplice(this.#whenSettled, 0)) settled();
    // Who waits is told how it ended; those behind it, that it has.
    const reader = arrayShift(this.#readers);
    const result = reader === undefined ? undefined : this.#take();
    if (result !== undefined) reader?.(result);
  }

  fulfil(at: number): void {
    this.settle(at, { ok: true, value: undefined });
  }

  protected tail(): never {
    throw new RangeError('one call cannot be split');
  }

  #take(): IteratorResult<unknown> | Promise<never> | undefined {
    if (this.#reading === 'ended' || this.#reading === 'leaving') return { done: true, value: undefined };
    const next = this.#unread.shift();
    if (next !== undefined) {
      this.#askAhead(next.value);
      return { done: false, value: next.value };
    }
    const outcome = this.#outcome;
    if (outcome === undefined) return undefined;
    this.#end();
    if (outcome.ok) return { done: true, value: undefined };
    const { signal } = this.options;
    return isReasonOf(signal, outcome.error) ? abortedWith(signal) : rejectWithCaller(outcome.error);
  }

  /** When half of the window is free, so many more may come. The window is too small where the task waits for a reader who waits for the task. */
  #askAhead(value: unknown): void {
    const free = this.#window - this.#expected - this.#unread.size;
    if (this.#outcome !== undefined || 2 * free < this.#window) return;
    if (this.#isWaiting && this.#isStarved) this.#window = Math.min(largestWindow, 2 * this.#window);
    this.#isWaiting = false;
    this.#isStarved = false;
    this.#window = Math.max(1, Math.min(this.#window, Math.floor(windowBytes / Math.max(1, roughSize(value)))));
    const more = this.#window - this.#expected - this.#unread.size;
    if (more <= 0) return;
    this.#expected += more;
    this.#submitter.more(this, more);
  }

  #end(): void {
    this.#reading = 'ended';
    for (const reader of arraySplice(this.#readers, 0)) reader({ done: true, value: undefined });
  }
}

// A task that yields values while it runs: an iterator, or a generator, is pulled for as long as its reader is not too far behind.
import type { TaskContext } from '../task/context.ts';
import { isThenable, messageOf } from '../task/outcome.ts';
import { NativePromise, performance, setImmediate } from '../task/platform.ts';
import type { Outbox } from './outbox.ts';
import type { ReceivedRun } from './received-run.ts';

/** What others wait for the loop while values are pulled, at the most; and how long values wait to be sent. */
const sliceMs = 1;

type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>;

/**
 * Yields all that a function has returned to be iterated, for which it takes as long as the reader takes; resolves when that has ended.
 * To be called inside of the task's context.
 */
export function yieldAll(
  result: unknown,
  name: string,
  run: ReceivedRun,
  place: number,
  context: TaskContext,
  outbox: Outbox,
): Promise<void> {
  const streaming = new Streaming(outbox, run, place, context);
  run.stream(place, streaming);
  return streaming.yieldAll(result, name);
}

export class Streaming {
  readonly #outbox: Outbox;
  readonly #run: ReceivedRun;
  readonly #place: number;
  readonly #context: TaskContext;
  /** How many values may be yielded before the reader has taken some. */
  #credit: number;
  #isReaderGone = false;
  #sliceSince = 0;
  #onMore: (() => void) | undefined;

  constructor(outbox: Outbox, run: ReceivedRun, place: number, context: TaskContext) {
    this.#outbox = outbox;
    this.#run = run;
    this.#place = place;
    this.#context = context;
    this.#credit = run.yields;
  }

  /** The reader has taken so many. */
  more(count: number): void {
    this.#credit += count;
    this.#goOn();
  }

  /** Nobody reads on. */
  readerGone(): void {
    this.#isReaderGone = true;
    this.#goOn();
  }

  async yieldAll(result: unknown, name: string): Promise<void> {
    const { signal } = this.#context;
    // Its function may have been called late, for what came along with the task was still to be loaded.
    if (signal.aborted) this.readerGone();
    else signal.addEventListener('abort', () => this.readerGone());
    let iterable: unknown;
    try {
      iterable = await result;
    } catch (error) {
      // Where nobody reads on, that it was told to end is what it failed of.
      if (this.#isReaderGone) return;
      throw error;
    }
    await this.#pull(iterable, name);
  }

  async #pull(result: unknown, name: string): Promise<void> {
    const { iterator, isAsync } = open(result, name);
    this.#sliceSince = performance.now();
    for (;;) {
      if (this.#credit === 0 && !this.#isReaderGone) await this.#waitForMore();
      if (this.#isReaderGone) break;
      let value: unknown;
      try {
        const next = iterator.next();
        const step = isAsync ? await next : (next as IteratorResult<unknown>);
        if (step.done === true) return;
        value = step.value;
      } catch (error) {
        // Where nobody reads on, that it was told to end is what it failed of.
        if (this.#isReaderGone) return;
        throw error;
      }
      if (this.#isReaderGone) break;
      try {
        this.#say(isThenable(value) ? await value : value);
      } catch (error) {
        // It cannot cross, and what is behind it would seem to be all there is.
        await iterator.return?.();
        if (this.#isReaderGone) return;
        throw error;
      }
      if (performance.now() - this.#sliceSince > sliceMs) await this.#letOthers();
    }
    await iterator.return?.();
  }

  #say(value: unknown): void {
    const isLast = --this.#credit === 0;
    this.#outbox.said(this.#run.number, this.#place, 'yield', value, this.#context.takeTransfers(), isLast);
  }

  async #waitForMore(): Promise<void> {
    this.#outbox.flush();
    await new NativePromise<void>((resolve) => (this.#onMore = resolve));
    this.#sliceSince = performance.now();
  }

  async #letOthers(): Promise<void> {
    this.#outbox.flush();
    await new NativePromise<void>((resolve) => setImmediate(resolve));
    this.#sliceSince = performance.now();
  }

  #goOn(): void {
    this.#onMore?.();
    this.#onMore = undefined;
  }
}

function open(result: unknown, name: string): { iterator: AnyIterator; isAsync: boolean } {
  if (typeof result === 'object' && result !== null) {
    if (Symbol.asyncIterator in result)
      return { iterator: (result as AsyncIterable<unknown>)[Symbol.asyncIterator](), isAsync: true };
    if (Symbol.iterator in result)
      return { iterator: (result as Iterable<unknown>)[Symbol.iterator](), isAsync: false };
  }
  throw new TypeError(
    `stream takes a function that returns something to iterate, such as a generator function; \`${name}\` returned ${messageOf(result)} (${typeof result}).`,
  );
}

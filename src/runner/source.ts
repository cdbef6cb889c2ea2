// Where the inputs of a map come from: anything that can be iterated, sync or async. It is pulled one item at a time,
// only while there is room, and closed once.
import type { Readable } from 'node:stream';
import { types } from 'node:util';

import type { Scope } from '../task/async-context.ts';
import { isThenable } from '../task/outcome.ts';
import { promiseThen, resolved, setImmediate } from '../task/platform.ts';
import { isNodeStream, isWebStream } from '../wire/channels.ts';
import { nothing } from './unread.ts';
import { ignore } from './unsent.ts';

/** Anything that `for await` can read. The items of a sync source may be promises, as there. */
export type AnySource<T = unknown> = Iterable<T | PromiseLike<T>> | AsyncIterable<T>;

/**
 * So many items are pulled in one turn of the loop at the most. Where neither the window nor the source has an end, the loop would
 * never come back otherwise: no result would ever arrive, and the reader could not leave.
 */
const mostInTurn = 1 << 16;

interface SourceEvents {
  onItem(item: unknown): void;
  /** Items of an array, of which none is an object. Where it is missing they come one by one. */
  onValues?(items: unknown[]): void;
  onEnd(): void;
  /** The source threw. It is over then, and must not be closed. */
  onFailure(reason: unknown): void;
  /** How many items may be pulled now. */
  room(): number;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

export class Source {
  /** It has ended or was closed: nothing more will come. */
  isDone = false;
  readonly #events: SourceEvents;
  readonly #open: () => AnyIterator;
  readonly #isAsync: boolean;
  readonly #isWebStream: boolean;
  #iterator: AnyIterator | undefined;
  /** An array is read by index, as its own iterator does: an object for each item would cost more than the item. */
  readonly #list: readonly unknown[] | undefined;
  #at = 0;
  readonly #source: AnySource;
  readonly #scope: Scope;
  #isPulling = false;
  /** The source's own code runs. */
  #isInside = false;
  #isClosed = false;
  /** How many were pulled since the last pause, in one turn or in many. */
  #inTurn = 0;
  #isPaused = false;

  /** `scope`: in which the source's own code runs. */
  constructor(source: AnySource, events: SourceEvents, scope: Scope = directly) {
    const isObject =
      typeof source === 'object' ? source !== null : typeof source === 'string' || typeof source === 'function';
    if (!isObject || !(Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source))) {
      throw new TypeError(
        `map takes what \`for await\` can read: an array, a generator, a stream; it was given ${String(source)} (${typeof source}).`,
      );
    }
    this.#isWebStream = isWebStream(source as object);
    this.#source = isWebStream(source as object) ? readerOf(source as unknown as ReadableStream) : source;
    this.#list = isPlainList(source) ? source : undefined;
    this.#isAsync = Symbol.asyncIterator in Object(source);
    this.#open = () =>
      Symbol.asyncIterator in Object(this.#source)
        ? (this.#source as AsyncIterable<unknown>)[Symbol.asyncIterator]()
        : (this.#source as Iterable<unknown>)[Symbol.iterator]();
    this.#events = events;
    this.#scope = scope;
  }

  /** Pulls while there is room. */
  pull(): void {
    if (!this.#isPulling) this.#scope(this.#pull);
  }

  readonly #pull = (): void => {
    this.#isPulling = true;
    if (this.#list !== undefined) {
      this.#pullFrom(this.#list);
      return;
    }
    this.#isInside = true;
    const room = this.#events.room();
    // An async source gives one item, and is asked again when the item has come.
    for (let left = this.#mayPull(this.#isAsync ? Math.min(1, room) : room); left > 0 && !this.isDone; left--) {
      let next: unknown;
      try {
        next = (this.#iterator ??= this.#open()).next();
        if (!this.#isAsync) checkResult(next);
      } catch (error) {
        this.#isInside = false;
        this.#broke(error);
        return;
      }
      if (this.#isAsync) {
        this.#cameOut();
        this.#waitForResult(next);
        return;
      }
      const { done, value } = next as IteratorResult<unknown>;
      if (done === true) {
        this.#isInside = false;
        this.#ended();
      } else if (typeof value === 'object' && value !== null && this.#waitsFor(value)) {
        this.#cameOut();
        return;
      } else this.#events.onItem(value);
    }
    this.#cameOut();
    this.#isPulling = false;
  };

  /** How many items may be pulled in this turn of the loop, where there is room for so many. Where more fit, pulling goes on in the next turn. */
  #mayPull(room: number): number {
    const most = mostInTurn - this.#inTurn;
    const count = Math.max(0, Math.min(room, most));
    this.#inTurn += count;
    if (room > most && !this.#isPaused) {
      this.#isPaused = true;
      setImmediate(() => {
        this.#isPaused = false;
        this.#inTurn = 0;
        this.pull();
      });
    }
    return count;
  }

  #pullFrom(list: readonly unknown[]): void {
    let left = this.#mayPull(this.#events.room());
    while (left > 0 && !this.isDone) {
      if (this.#at >= list.length) {
        this.#ended();
        return;
      }
      const before = this.#at;
      let item: unknown;
      try {
        item = this.#takeValues(list, before + left);
      } catch (error) {
        this.#broke(error);
        return;
      }
      left -= this.#at - before;
      if (item === nothing) continue;
      if (typeof item === 'object' && item !== null && this.#waitsFor(item)) return;
      this.#events.onItem(item);
    }
    this.#isPulling = false;
  }

  /** Hands over the next items of an array together, as far as they are no objects. Returns the item behind them, which is taken as well, or {@link nothing}. */
  #takeValues(list: readonly unknown[], end: number): unknown {
    const { onValues } = this.#events;
    const last = Math.min(end, list.length);
    if (onValues === undefined) return list[this.#at++];
    const values: unknown[] = [];
    let at = this.#at;
    try {
      while (at < last) {
        const item = list[at++];
        if (typeof item === 'object' && item !== null) return item;
        values[values.length] = item;
      }
      return nothing;
    } finally {
      this.#at = at;
      if (values.length > 0) onValues(values);
    }
  }

  /** What its own code did as it was pulled may have ended the map, and it could not be closed then. */
  #cameOut(): void {
    if (!this.#isInside) return;
    this.#isInside = false;
    if (this.isDone) void promiseThen(this.#return(), undefined, ignore);
  }

  #waitForResult(next: unknown): void {
    void promiseThen(
      promiseThen(resolved(next), checkResult),
      ({ done, value }) => {
        this.#isPulling = false;
        if (this.isDone) return;
        if (done === true) this.#ended();
        else this.#arrived(value);
      },
      (error: unknown) => this.#broke(error),
    );
  }

  /** True where the item of a sync source is a promise, which then is waited for. */
  #waitsFor(value: object): boolean {
    // As in `for await` over promises: the source itself is fine, and is told that nobody reads on.
    const broke = (error: unknown): void => {
      // It fails with what came first.
      void promiseThen(this.#return(), undefined, ignore);
      this.#broke(error);
    };
    try {
      if (!isThenable(value)) return false;
    } catch (error) {
      broke(error);
      return true;
    }
    const onItem = (item: unknown): void => {
      this.#isPulling = false;
      if (!this.isDone) this.#arrived(item);
    };
    void promiseThen(resolved(value), onItem, broke);
    return true;
  }

  /** Closes the source, once. Resolves when it has; at once where it still owes an item, for that may never come. */
  async close(): Promise<void> {
    if (this.isDone) return;
    this.isDone = true;
    // It cannot be closed from inside of itself. It is when it has come out.
    if (this.#isInside) return;
    const closing = this.#return();
    if (!this.#isPulling) {
      await closing;
      return;
    }
    // Nobody waits for it any more.
    void promiseThen(closing, undefined, ignore);
  }

  #return(): Promise<void> {
    return this.#scope(() => this.#close());
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A stream would close only when it has given what it still owes, which may never come; and one that was never read, not at all.
    if ((this.#isPulling || this.#iterator === undefined) && isNodeStream(this.#source as object))
      (this.#source as unknown as Readable).destroy();
    await (this.#iterator ?? this.#unopened())?.return?.();
  }

  /** A source that is an iterator itself is closed also where nothing was read of it. What has yet to be opened stays closed. */
  #unopened(): AnyIterator | undefined {
    const source = this.#source as Partial<AnyIterator>;
    if (this.#list !== undefined || isNodeStream(source)) return undefined;
    return typeof source.next === 'function' || this.#isWebStream ? this.#open() : undefined;
  }

  #arrived(item: unknown): void {
    this.#events.onItem(item);
    this.pull();
  }

  #ended(): void {
    this.#isPulling = false;
    this.isDone = true;
    this.#events.onEnd();
  }

  #broke(error: unknown): void {
    this.#isPulling = false;
    const wasDone = this.isDone;
    this.isDone = true;
    if (!wasDone) this.#events.onFailure(error);
  }
}

/** Its iterator is that of all arrays. */
function isPlainList(source: unknown): source is readonly unknown[] {
  return (
    Array.isArray(source) && !types.isProxy(source) && source[Symbol.iterator] === Array.prototype[Symbol.iterator]
  );
}

/** As the iterator of the stream itself, but that it can be left while it still owes something. */
function readerOf(stream: ReadableStream<unknown>): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.getReader();
      return {
        async next() {
          const { done, value } = await reader.read();
          if (done) reader.releaseLock();
          return done ? { done, value: undefined } : { done, value };
        },
        async return() {
          const cancelled = reader.cancel();
          reader.releaseLock();
          await cancelled;
          return { done: true, value: undefined };
        },
      };
    },
  };
}

function directly<Args extends unknown[], R>(fn: (...args: Args) => R, ...args: Args): R {
  return fn(...args);
}

function checkResult(result: unknown): IteratorResult<unknown> {
  if (typeof result === 'object' && result !== null) return result as IteratorResult<unknown>;
  throw new TypeError(`The source returned ${String(result)} from next(); it takes { done, value }.`);
}

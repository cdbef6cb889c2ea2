// Where the inputs of a map come from: anything that can be iterated, sync or async. It is pulled one item at a time,
// only while there is room, and closed once.

/** Anything that `for await` can read. The items of a sync source may be promises, as there. */
export type AnySource<T = unknown> = Iterable<T | PromiseLike<T>> | AsyncIterable<T>;

interface SourceEvents {
  onItem(item: unknown): void;
  onEnd(): void;
  /** The source threw. It is over then, and must not be closed. */
  onFailure(reason: unknown): void;
  hasRoom(): boolean;
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

export class Source {
  /** It has ended or was closed: nothing more will come. */
  isDone = false;
  readonly #events: SourceEvents;
  readonly #open: () => AnyIterator;
  readonly #isAsync: boolean;
  #iterator: AnyIterator | undefined;
  #isPulling = false;

  constructor(source: AnySource, events: SourceEvents) {
    const isObject =
      typeof source === 'object' ? source !== null : typeof source === 'string' || typeof source === 'function';
    if (!isObject || !(Symbol.asyncIterator in Object(source) || Symbol.iterator in Object(source))) {
      throw new TypeError(
        `map takes what \`for await\` can read: an array, a generator, a stream; it was given ${String(source)} (${typeof source}).`,
      );
    }
    this.#isAsync = Symbol.asyncIterator in Object(source);
    this.#open = () =>
      Symbol.asyncIterator in Object(source)
        ? (source as AsyncIterable<unknown>)[Symbol.asyncIterator]()
        : (source as Iterable<unknown>)[Symbol.iterator]();
    this.#events = events;
  }

  /** Pulls while there is room. */
  pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    while (!this.isDone && this.#events.hasRoom()) {
      let next: IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;
      try {
        next = (this.#iterator ??= this.#open()).next();
      } catch (error) {
        this.#broke(error);
        return;
      }
      if (this.#isAsync) {
        Promise.resolve(next).then(
          (result) => this.#arrived(result),
          (error: unknown) => this.#broke(error),
        );
        return;
      }
      const { done, value } = next as IteratorResult<unknown>;
      if (done === true) this.#ended();
      else if (isPromise(value)) {
        value.then(
          (item) => this.#arrived({ done: false, value: item }),
          (error: unknown) => {
            // As in `for await` over promises: the source itself is fine, and is told that nobody reads on.
            void this.#return().catch(() => {});
            this.#broke(error);
          },
        );
        return;
      } else this.#events.onItem(value);
    }
    this.#isPulling = false;
  }

  /** Closes the source, once. Resolves when it has; at once where it still owes an item, for that may never come. */
  async close(): Promise<void> {
    if (this.isDone) return;
    this.isDone = true;
    const closing = this.#return();
    if (!this.#isPulling) {
      await closing;
      return;
    }
    closing.catch(() => {
      // Nobody waits for it any more.
    });
  }

  async #return(): Promise<void> {
    await this.#iterator?.return?.();
  }

  #arrived(result: IteratorResult<unknown>): void {
    this.#isPulling = false;
    if (this.isDone) return;
    if (result.done === true) this.#ended();
    else {
      this.#events.onItem(result.value);
      this.pull();
    }
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

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

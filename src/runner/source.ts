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
  #isClosed = false;

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
      let step: Step;
      try {
        step = this.#next();
      } catch (error) {
        this.#broke(error);
        return;
      }
      if (step.type === 'later') return;
      if (step.type === 'end') this.#ended();
      else this.#events.onItem(step.item);
    }
    this.#isPulling = false;
  }

  /** Everything of the source's own code that can throw is called in here. */
  #next(): Step {
    const next = (this.#iterator ??= this.#open()).next();
    if (this.#isAsync) {
      Promise.resolve(next)
        .then((result) => readResult(result))
        .then(
          (step) => this.#arrived(step),
          (error: unknown) => this.#broke(error),
        );
      return { type: 'later' };
    }
    const step = readResult(next as IteratorResult<unknown>);
    if (step.type !== 'item' || !isPromise(step.item)) return step;
    Promise.resolve(step.item).then(
      (item) => this.#arrived({ type: 'item', item }),
      (error: unknown) => {
        // As in `for await` over promises: the source itself is fine, and is told that nobody reads on.
        this.#return().catch(() => {
          // It fails with what came first.
        });
        this.#broke(error);
      },
    );
    return { type: 'later' };
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
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#iterator?.return?.();
  }

  #arrived(step: Step): void {
    this.#isPulling = false;
    if (this.isDone) return;
    if (step.type === 'end') this.#ended();
    else if (step.type === 'item') {
      this.#events.onItem(step.item);
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

/** What a source answered: an item, its end, or that it will answer later. */
type Step = { readonly type: 'item'; readonly item: unknown } | { readonly type: 'end' } | { readonly type: 'later' };

function readResult(result: IteratorResult<unknown>): Step {
  if (typeof result !== 'object' || result === null) {
    throw new TypeError(`The source of a map returned ${String(result)} from next(); it takes { done, value }.`);
  }
  return result.done === true ? { type: 'end' } : { type: 'item', item: result.value };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

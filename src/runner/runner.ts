// The Runner contract: what can be asked of a pool. Written once, on one primitive, so that whatever fills `submit` (a
// pool on this machine, many machines) offers exactly the same.
import { currentScope } from '../task/async-context.ts';
import { noOptions, type TaskOptions } from '../task/submission.ts';
import { referenceOf, type TaskReference } from '../task/task-function.ts';
import { rejectWithCaller } from './caller-line.ts';
import { checkOptions, isWholeNumber, type Checks } from './check-options.ts';
import { MapResults } from './map-results.ts';
import type { Results, Settled } from './results.ts';
import { RunCall } from './run.ts';
import { bindOptions, type RunOptions } from './run-options.ts';
import type { AnySource } from './source.ts';
import { StreamTask, type StreamCall } from './stream.ts';
import type { Submitter } from './submitter.ts';
import { closeUnsent } from './unsent.ts';

/** How {@link Runner.map} pulls its inputs and hands over the results. */
export interface MapOptions {
  /** Hand results over in input order (the default), or as they come. */
  readonly ordered?: boolean;
  /** The most items pulled from the source and not yet handed over: queued, running, and finished but unread. Default: at least twice what the pool can run; more for tiny tasks, up to about 10 ms of work or 16 MB. */
  readonly window?: number;
  /** Hand over an entry for each item that says how it ended, instead of failing at the first failure. */
  readonly settled?: boolean;
}

/** What a function returns whose values can be streamed: it can be iterated, or is the promise of something that can. */
export type Streamed<T> = AsyncIterable<T> | Iterable<T> | PromiseLike<AsyncIterable<T> | Iterable<T>>;

/** What runs task functions somewhere else. */
export interface Runner {
  /**
   * Runs a task function with these arguments in a worker; resolves with its result.
   *
   * The arguments are read when the task is given to a worker, so do not change them before the task has ended.
   * They and the result are copied as by the structured clone; instances of portable classes, errors, Buffers and URLs arrive as themselves.
   *
   * Rejects with what the function threw; {@link NotSerializableError} where something cannot cross; {@link TaskNotFoundError} and
   * {@link WorkerStartError} where the function could not be loaded; {@link WorkerCrashedError} where the worker died under it;
   * {@link TaskTimeoutError} and the reason of a signal, where these are bound by {@link with}; {@link PoolClosedError};
   * {@link DefinitionError} where `fn` is no task function. It never throws.
   *
   * @example
   * const title = await pool.run(fetchTitle, 'https://example.com/');
   */
  run<Args extends unknown[], R>(
    fn: ((...args: Args) => R) & TaskReference,
    ...args: NoInfer<Args>
  ): Promise<Awaited<R>>;

  /**
   * Runs a task function once for each item of a source, many at a time, and hands the results over as an async iterable.
   * Lazy: nothing is pulled before it is read, and never more than `window` ahead of the reader. Leaving the loop early
   * closes the source, drops what is queued, and aborts and waits for what runs. The first failure does the same and then
   * rejects with what was thrown; `results.failure` says which input it was.
   *
   * @example
   * for await (const title of pool.map(fetchTitle, urls)) console.log(title);
   * const all = await pool.map(fetchTitle, urls).toArray();
   */
  map<Input, R>(
    fn: ((input: Input) => R) & TaskReference,
    source: AnySource<NoInfer<Input>>,
    options: MapOptions & { readonly settled: true },
  ): Results<Settled<Awaited<R>, Input>>;
  map<Input, R>(
    fn: ((input: Input) => R) & TaskReference,
    source: AnySource<NoInfer<Input>>,
    options?: MapOptions & { readonly settled?: false },
  ): Results<Awaited<R>>;

  /**
   * Runs a task function that returns something to iterate, such as a generator function, and hands over what it yields while it runs.
   * Lazy: it is started when it is read, which can be done once. It is never more than a small buffer ahead of its reader, 16 values at first and at the
   * most 1,024 or about 1 MB where they are read faster than they travel. Leaving the loop early aborts its `context().signal`, lets it run its `finally`, and waits for that.
   *
   * What the generator throws arrives after the values before it, as does a {@link WorkerCrashedError}. A stream holds one of its worker's
   * places (`concurrency`) until it has ended, also while it waits for its reader, and `timeoutMs` counts that time. It is tried again (`retry`) only as long as it has yielded nothing.
   *
   * @example
   * for await (const row of pool.stream(readRows, 'big.csv')) console.log(row);
   */
  stream<Args extends unknown[], Yielded>(
    fn: ((...args: Args) => Streamed<Yielded>) & TaskReference,
    ...args: NoInfer<Args>
  ): StreamCall<Awaited<Yielded>>;

  /**
   * The same runner with options bound; all that is asked of it has these. Runners can be nested: signals add up, and the shorter time counts.
   * Tasks with a time or with retries travel as tasks of their own, where a map otherwise sends its items as blocks.
   *
   * @example
   * const careful = pool.with({ timeoutMs: 10_000, retry: { attempts: 3, on: ['error', 'timeout'] } });
   * const title = await careful.run(fetchTitle, 'https://example.com/');
   */
  with(options: RunOptions): Runner;
}

const mapChecks: Checks<MapOptions> = {
  ordered: (value) => (typeof value === 'boolean' ? undefined : 'takes true or false'),
  settled: (value) => (typeof value === 'boolean' ? undefined : 'takes true or false'),
  window: (value) => (value === Infinity || isWholeNumber(value, 1) ? undefined : 'takes a whole number, 1 or more'),
};

/** A runner on a submitter, with options bound. */
export class BoundRunner implements Runner {
  readonly #submitter: Submitter;
  readonly #options: TaskOptions;

  constructor(submitter: Submitter, options: TaskOptions = noOptions) {
    this.#submitter = submitter;
    this.#options = options;
  }

  // Functions and no methods, so that they can be taken apart from the runner: `const { run } = pool.with(options)`. To bind
  // methods would take ten times as long as all else that `with` does.
  readonly run = <Args extends unknown[], R>(
    fn: ((...args: Args) => R) & TaskReference,
    ...args: NoInfer<Args>
  ): Promise<Awaited<R>> => {
    try {
      const call = new RunCall(referenceOf(fn, 'run'), args, this.#callOptions());
      call.submitTo(this.#submitter);
      return call.promise as Promise<Awaited<R>>;
    } catch (error) {
      closeUnsent(args);
      return rejectWithCaller(error);
    }
  };

  readonly map = ((fn: TaskReference, source: AnySource, given?: MapOptions): Results<unknown> => {
    const options = checkOptions<MapOptions>('map', mapChecks, given === undefined ? {} : given);
    const plan = {
      fn: referenceOf(fn, 'map'),
      taskOptions: { ...this.#submitter.carry(this.#options), scope: currentScope() },
      ordered: options.ordered ?? true,
      settled: options.settled ?? false,
      window: options.window,
    };
    return new MapResults(this.#submitter, plan, source);
  }) as Runner['map'];

  readonly stream = <Args extends unknown[], Yielded>(
    fn: ((...args: Args) => Streamed<Yielded>) & TaskReference,
    ...args: NoInfer<Args>
  ): StreamCall<Awaited<Yielded>> => {
    return new StreamTask(this.#submitter, referenceOf(fn, 'stream'), args, this.#callOptions());
  };

  readonly with = (options: RunOptions): Runner =>
    new BoundRunner(this.#submitter, bindOptions(this.#options, options));

  /** The options of one call. Listeners and policies are the caller's, and run in the context of the call. */
  #callOptions(): TaskOptions {
    const options = this.#submitter.carry(this.#options);
    const { onReport, retry } = options;
    return onReport === undefined && retry === undefined ? options : { ...options, scope: currentScope() };
  }
}

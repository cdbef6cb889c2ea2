// The pool as its users see it.
import { PoolClosedError } from '../errors.ts';
import type { Results, Settled } from '../runner/results.ts';
import type { RunOptions } from '../runner/run-options.ts';
import { BoundRunner, type MapOptions, type Runner, type Streamed } from '../runner/runner.ts';
import type { StreamCall } from '../runner/stream.ts';
import type { AnySource } from '../runner/source.ts';
import { arrayMap } from '../task/arrays.ts';
import { allOf, whenSettled } from '../task/platform.ts';
import { bindMethods } from '../task/detachable.ts';
import { noOptions } from '../task/submission.ts';
import { referenceOf, type TaskReference } from '../task/task-function.ts';
import { poolSettings, workerRange, type PoolOptions } from './options.ts';
import { PinnedCall } from './pinned-call.ts';
import { Scheduler } from './scheduler.ts';
import type { PoolStats } from './stats.ts';

/**
 * A pool of workers, each with its own event loop, each loop running many tasks at once.
 *
 * Workers start with the first task. An idle pool does not keep the program alive, accepted work does. A worker that dies
 * fails the tasks that it had started with {@link WorkerCrashedError}; what it had not started runs elsewhere, and another
 * worker takes its place.
 *
 * @throws {InvalidOptionError} An option is unknown, of the wrong type, or out of range.
 * @example
 * await using pool = new Pool({ workers: 4, concurrency: 100 });
 * const title = await pool.run(fetchTitle, 'https://example.com/');
 * for await (const title of pool.map(fetchTitle, urls)) console.log(title);
 */
export class Pool implements Runner, AsyncDisposable {
  readonly #scheduler: Scheduler;
  readonly #runner: BoundRunner;
  #closing: Promise<void> | undefined;
  #terminating: Promise<void> | undefined;

  constructor(options: PoolOptions = {}) {
    this.#scheduler = new Scheduler(poolSettings(options));
    this.#runner = new BoundRunner(this.#scheduler);
    bindMethods(this, methods, { methods: passedOn, to: this.#runner });
  }

  /** {@inheritDoc Runner.run} */
  run<Args extends unknown[], R>(
    fn: ((...args: Args) => R) & TaskReference,
    ...args: NoInfer<Args>
  ): Promise<Awaited<R>> {
    return this.#runner.run(fn, ...args);
  }

  /** {@inheritDoc Runner.map} */
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
  map<Input, R>(
    fn: ((input: Input) => R) & TaskReference,
    source: AnySource<NoInfer<Input>>,
    options?: MapOptions,
  ): Results<unknown> {
    // The overloads above are the runner's own; which one it is makes no difference here.
    return this.#runner.map(fn, source, options as MapOptions & { settled: true });
  }

  /** {@inheritDoc Runner.stream} */
  stream<Args extends unknown[], Yielded>(
    fn: ((...args: Args) => Streamed<Yielded>) & TaskReference,
    ...args: NoInfer<Args>
  ): StreamCall<Awaited<Yielded>> {
    return this.#runner.stream(fn, ...args);
  }

  /** {@inheritDoc Runner.with} */
  with(options: RunOptions): Runner {
    return this.#runner.with(options);
  }

  /**
   * Runs a task function once on every worker, for instance to warm or to empty a cache; starts the workers if there are none.
   * Resolves with the results in the order of the workers. Where some fail it waits for all and rejects with the first failure.
   */
  async broadcast<Args extends unknown[], R>(
    fn: ((...args: Args) => R) & TaskReference,
    ...args: NoInfer<Args>
  ): Promise<Awaited<R>[]> {
    const reference = referenceOf(fn, 'broadcast');
    const options = this.#scheduler.carry(noOptions);
    const tasks = this.#scheduler.submitToEach(() => new PinnedCall(reference, args, options));
    const ended = arrayMap(tasks, (task) => task.promise);
    await whenSettled(ended);
    return (await allOf(ended)) as Awaited<R>[];
  }

  /**
   * Resolves when {@link run} would be accepted: when fewer tasks wait than `maxQueue` says. First come, first served; who was let in has the place until the
   * next turn of the loop, and is before whoever submits without asking. Without `maxQueue` it resolves at once.
   *
   * @throws {PoolClosedError} The pool takes no tasks any more.
   * @example
   * for await (const message of queue) {
   *   await pool.room();
   *   pool.run(handle, message).catch(report);
   * }
   */
  room(): Promise<void> {
    return this.#scheduler.room();
  }

  /**
   * Changes how many workers there are, while they work. Those that are too many take no more tasks, end what they have, run `teardown` and end.
   *
   * @param workers How many; or the least and the most.
   * @returns A promise that resolves when those that are too many are gone.
   * @throws {InvalidOptionError} The number is no whole number, or out of range.
   * @throws {PoolClosedError} The pool is closed.
   * @example
   * await pool.resize(8);
   */
  async resize(workers: number | { readonly min: number; readonly max: number }): Promise<void> {
    const { min, max } = workerRange(workers);
    await this.#scheduler.resize(min, max);
  }

  /** What the pool looks like now, for programs. */
  stats(): PoolStats {
    return this.#scheduler.stats();
  }

  /**
   * What the pool is doing now, as text for people: its workers, what each runs and whether its loop is held, what waits and what for.
   * The first thing to print when something does not end.
   *
   * @example
   * setTimeout(() => console.error(pool.inspect()), 60_000).unref();
   */
  inspect(): string {
    return this.#scheduler.inspect();
  }

  /**
   * Refuses new tasks, finishes every accepted one, lets the workers run `teardown` and end. Resolves when they are gone, and what they have printed is written, for which its reader has `graceMs`.
   * Calling it again returns the same promise.
   */
  close(): Promise<void> {
    return this.#terminating ?? (this.#closing ??= this.#scheduler.close());
  }

  /**
   * Stops now: what has not ended rejects with `reason`, and the workers are ended, whatever they do. Resolves when they are gone.
   *
   * @param reason Default: a {@link PoolClosedError}.
   */
  terminate(reason: unknown = new PoolClosedError('The pool was terminated.')): Promise<void> {
    return (this.#terminating ??= this.#scheduler.terminate(reason));
  }

  /** The same as {@link close}, for `await using` (which Node 22 can only read where a compiler rewrites it). */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Methods that only call those of the runner. */
const { run, map, stream, with: withOptions } = Pool.prototype;
const passedOn = { run, map, stream, with: withOptions };

const methods: readonly (keyof Pool)[] = [
  ...([
    'run',
    'map',
    'stream',
    'with',
    'broadcast',
    'room',
    'resize',
    'stats',
    'inspect',
    'close',
    'terminate',
  ] as const),
  Symbol.asyncDispose,
];

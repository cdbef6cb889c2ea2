// How many tasks may start in a time, over the whole pool. Two rules, both exact: never more than the limit within any interval,
// wherever it begins; and evenly spread over it, so that there is no burst when an interval begins.
import { longestMs } from '../runner/check-options.ts';
import { clearTimeout, performance, setTimeout } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { WorkerHost } from './worker-host.ts';

/** How many tasks may start in a time. */
export interface RateOptions {
  /** The most tasks that start within any interval: a whole number up to a million. */
  readonly limit: number;
  /** How long that is, in milliseconds. */
  readonly intervalMs: number;
}

/** Timers are no finer than this: what a timer was late for may be made up for. */
const granuleMs = 5;
/** A start is a little later in the worker than here, and not always by as much: so the interval is taken to be longer, by so much of it, and no more than so long. */
const slack = 0.02;
const mostSlackMs = 10;

export class Pace {
  readonly #intervalMs: number;
  readonly #spacingMs: number;
  readonly #burst: number;
  /** When the last starts were, so many as the limit says: a ring. */
  readonly #starts: Float64Array;
  #next = 0;
  /** When the next start is due, where they are spread evenly. */
  #dueMs = -Infinity;

  constructor({ limit, intervalMs }: RateOptions) {
    this.#intervalMs = intervalMs + Math.min(mostSlackMs, slack * intervalMs);
    this.#spacingMs = intervalMs / limit;
    this.#burst = Math.max(1, Math.floor(granuleMs / this.#spacingMs));
    this.#starts = new Float64Array(limit).fill(-Infinity);
  }

  /** How many tasks may start now. */
  allowance(now: number): number {
    const due = Math.min(this.#burst, Math.floor((now - this.#dueMs) / this.#spacingMs) + 1);
    let count = 0;
    while (count < due && now - this.#at(count) >= this.#intervalMs) count++;
    return count;
  }

  /** Tasks are given to workers. */
  spend(count: number, now: number): void {
    for (let left = count; left > 0; left--) {
      this.#starts[this.#next] = now;
      this.#next = (this.#next + 1) % this.#starts.length;
    }
    const earliest = now - (this.#burst - 1) * this.#spacingMs;
    this.#dueMs = Math.max(this.#dueMs, earliest) + count * this.#spacingMs;
  }

  /** When the next task may start. */
  nextMs(): number {
    return Math.max(this.#dueMs, this.#at(0) + this.#intervalMs);
  }

  /** When the start was that a further one, so many after the next, must be an interval behind. */
  #at(ahead: number): number {
    return ahead < this.#starts.length ? (this.#starts[(this.#next + ahead) % this.#starts.length] ?? 0) : Infinity;
  }
}

/** A pace on the clock, that says when more may start. */
export class Rate {
  readonly #pace: Pace;
  readonly #onMore: () => void;
  /** A worker loads a function, and has a task of it. */
  #loading: { readonly host: WorkerHost; readonly fn: FunctionReference } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RateOptions, onMore: () => void) {
    this.#pace = new Pace(options);
    this.#onMore = onMore;
  }

  /** How many of so many tasks that wait may start now. Where it is none, it will say when. */
  mayStart(waiting: number): number {
    this.#hearLoaded();
    const now = performance.now();
    const count = Math.min(waiting, this.#pace.allowance(now));
    if (count === 0) this.#wake(now);
    return count;
  }

  /**
   * Whether a task of a function that the worker is given starts about then. It does not where its loop is held. And where it has yet to load the function
   * the first one starts when it has, by which time others may be due; so one at a time loads, and counts once more when it is known to have started.
   */
  mayBegin({ tasks }: WorkerHost, fn: FunctionReference | undefined): boolean {
    if (tasks.silentSince !== undefined) return false;
    return fn === undefined || this.#loading === undefined || tasks.functions.hasLoaded(fn);
  }

  /** Tasks are given to a worker. */
  gave(host: WorkerHost, { fn, count }: Submission): void {
    this.#pace.spend(count, performance.now());
    if (!host.tasks.functions.hasLoaded(fn)) this.#loading = { host, fn };
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What was to be loaded has been, or never will be; the task that waited for it has started now at the latest. */
  #hearLoaded(): void {
    if (this.#loading === undefined) return;
    const { host, fn } = this.#loading;
    const of = host.tasks.functions.known(fn);
    const isToLoad = of !== undefined && (of.given > 0 || of.isLoading);
    if (isToLoad && host.state !== 'stopped') return;
    this.#loading = undefined;
    this.#pace.spend(1, performance.now());
  }

  #wake(now: number): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#onMore();
      },
      Math.min(longestMs, Math.max(1, Math.ceil(this.#pace.nextMs() - now))),
    ).unref();
  }
}

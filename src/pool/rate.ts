// How many tasks may start in a time, over the whole pool. Two rules, both exact: never more than the limit within any interval,
// wherever it begins; and evenly spread over it, so that there is no burst when an interval begins.
import { longestMs } from '../runner/check-options.ts';
import { arrayFilter } from '../task/arrays.ts';
import { clearTimeout, performance, setImmediate, setTimeout } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { machineNow } from '../wire/machine-clock.ts';
import type { WorkerHost } from './worker-host.ts';

/** How many tasks may start in a time. */
export interface RateOptions {
  /** The most tasks that start within any interval: a whole number up to a million. */
  readonly limit: number;
  /** How long that is, in milliseconds. */
  readonly intervalMs: number;
}

/** What a timer, or a busy loop, was late for is made up for, up to so much. More is lost: starts are not saved up. */
const granuleMs = 5;
/** Clocks differ by a little: so the interval is taken to be longer, by so much of it, and no more than so long. */
const slack = 0.01;
const mostSlackMs = 5;
/**
 * Where the limit itself holds up the next start, a timer that is late for it is late once in each interval, which nothing makes up for. In an interval shorter than
 * this that would be too much, so the last part of such a wait is spent looking at the clock, turn by turn of the loop, and never more often than once in a granule.
 */
const fineBelowMs = 500;
const finePartMs = 3;
/** Timers are late by up to this. */
const timerMs = 2;

export class Pace {
  /** The interval, a little longer. */
  readonly intervalMs: number;
  /** What is between two starts, where the longer interval is spread evenly. */
  readonly #spacingMs: number;
  /** Waits for the next start must be exact. */
  readonly isFine: boolean;
  /** When the last starts were, so many as the limit says: a ring. */
  readonly #starts: Float64Array;
  #next = 0;
  /** When the next start is due, where they are spread evenly. */
  #dueMs = -Infinity;
  #spentMs = -Infinity;

  constructor({ limit, intervalMs }: RateOptions) {
    this.intervalMs = intervalMs + Math.min(mostSlackMs, slack * intervalMs);
    this.#spacingMs = this.intervalMs / limit;
    this.isFine = intervalMs < fineBelowMs;
    this.#starts = new Float64Array(limit).fill(-Infinity);
  }

  /** How many tasks may start now. */
  allowance(now: number): number {
    const due = Math.floor((now - this.#dueSince(now)) / this.#spacingMs) + 1;
    let count = 0;
    while (count < due && now - this.#at(count) >= this.intervalMs) count++;
    return count;
  }

  /** Tasks are given to workers. Returns the number of the first of these starts, for {@link began}. */
  spend(count: number, now: number): number {
    const first = this.#next;
    for (let left = count; left > 0; left--) {
      this.#starts[this.#next] = now;
      this.#next = (this.#next + 1) % this.#starts.length;
    }
    this.#dueMs = this.#dueSince(now) + count * this.#spacingMs;
    this.#spentMs = now;
    return first;
  }

  /** Starts were later in their worker than they were given. An interval begins with the start itself. */
  began(first: number, count: number, at: number): void {
    const starts = this.#starts;
    for (let step = 0; step < starts.length; step++) {
      const place = (first + step) % starts.length;
      // Those behind them are no earlier: then what is an interval behind each is behind all before it. The last one is the end of the ring.
      if (step >= count && (place === this.#next || (starts[place] ?? 0) >= at)) break;
      starts[place] = Math.max(starts[place] ?? 0, at);
    }
  }

  /** When the next task may start. */
  nextMs(): number {
    return Math.max(this.#dueMs, this.#at(0) + this.intervalMs);
  }

  /** When to look for it: where it is to be exact and starts are closer than that, they come in little groups. */
  wakeMs(): number {
    const next = this.nextMs();
    return this.isFine && this.#spacingMs < granuleMs
      ? Math.max(next, this.#spentMs + granuleMs - this.#spacingMs)
      : next;
  }

  /** Since when the next start is due: each is due when the one before was, and a little later, not when that was given. */
  #dueSince(now: number): number {
    return Math.max(this.#dueMs, now - granuleMs);
  }

  /** When the start was that a further one, so many after the next, must be an interval behind. */
  #at(ahead: number): number {
    return ahead < this.#starts.length ? (this.#starts[(this.#next + ahead) % this.#starts.length] ?? 0) : Infinity;
  }
}

/** Tasks that a worker was given at this time, and which of the starts of the pace they are. */
interface Given {
  readonly host: WorkerHost;
  readonly fn: FunctionReference;
  readonly first: number;
  readonly count: number;
  readonly at: number;
}

function isUnreported({ tasks }: WorkerHost, fn: FunctionReference): boolean {
  return tasks.silentSince !== undefined || (tasks.functions.known(fn)?.given ?? 0) > 0;
}

/** A pace on the clock, that says when more may start. */
export class Rate {
  readonly #pace: Pace;
  readonly #onMore: () => void;
  /** A worker loads a function, and has a task of it. */
  #loading: { readonly host: WorkerHost; readonly fn: FunctionReference } | undefined;
  /** Starts of which it is not known yet when they were: their worker has not reported since it was given the tasks. */
  #given: Given[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** It looks at the clock in each turn of the loop. */
  #isLooking = false;

  constructor(options: RateOptions, onMore: () => void) {
    this.#pace = new Pace(options);
    this.#onMore = onMore;
  }

  /** How many of so many tasks that wait may start now. Where it is none, it will say when. */
  mayStart(waiting: number): number {
    this.#hearLoaded();
    const now = performance.now();
    if (this.#given.length > 0) this.#hearBegun(now);
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
    const at = performance.now();
    this.#given[this.#given.length] = { host, fn, first: this.#pace.spend(count, at), count, at };
    if (!host.tasks.functions.hasLoaded(fn)) this.#loading = { host, fn };
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isLooking = false;
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

  /** What a worker was late to take up began as much later. One that has not reported may begin it now, as long as that matters. */
  #hearBegun(now: number): void {
    this.#given = arrayFilter(this.#given, ({ host, fn, first, count, at }) => {
      const isOpen = host.state !== 'stopped' && isUnreported(host, fn);
      if (!isOpen) {
        // From the machine's clock to that of this process.
        const begunBy = now - machineNow() + host.tasks.meter.begunBy;
        this.#pace.began(first, count, Math.min(now, Math.max(at, begunBy)));
      } else if (now - at >= this.#pace.intervalMs) this.#pace.began(first, count, now);
      return isOpen;
    });
  }

  #wake(now: number): void {
    if (this.#timer !== undefined || this.#isLooking) return;
    const waitMs = this.#pace.wakeMs() - now;
    if (!this.#pace.isFine) this.#sleep(Math.ceil(waitMs), this.#onMore);
    else if (waitMs > finePartMs) this.#sleep(Math.floor(waitMs - timerMs), () => this.#wake(performance.now()));
    else this.#look(now + waitMs);
  }

  #sleep(ms: number, then: () => void): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        then();
      },
      Math.min(longestMs, Math.max(1, ms)),
    ).unref();
  }

  /** Looks at the clock until that time, which is near. Everything else has its turn meanwhile. */
  #look(untilMs: number): void {
    this.#isLooking = true;
    setImmediate(() => {
      if (!this.#isLooking) return;
      if (performance.now() < untilMs) {
        this.#look(untilMs);
        return;
      }
      this.#isLooking = false;
      this.#onMore();
    });
  }
}

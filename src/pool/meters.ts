// What is counted and timed: of each worker, and of each task function in all of them. Looked at by `stats()`; nothing is decided by it.
//
// It must cost next to nothing, so nobody reads a clock for a task: those that are submitted in one turn have waited since
// then, those that are sent together began together, and those that ended together took as long.
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { machineNow } from '../wire/machine-clock.ts';
import { hasRun, isFailure } from '../wire/messages.ts';
import type { ChannelWorker } from './channels.ts';
import { Histogram } from './histogram.ts';
import type { SentRun } from './sent-run.ts';
import { TaskTraces } from './traces.ts';

/** The clock of {@link Submission.queuedAt}, in units of so many milliseconds: a whole number of 32 bits that begins anew after half a day, for a fraction would cost each submission a number on the heap. */
const unitMs = 0.01;

/** What to remember of when a task came to wait: a time on the machine's clock. */
export function queueClock(now = machineNow()): number {
  return (now / unitMs) | 0;
}

export class Meter {
  /** Attempts that have ended. */
  ended = 0;
  /** Those of them that failed. */
  failed = 0;
  /** How long attempts that have ended had waited before they were given to their worker. */
  readonly queueMs = new Histogram();
  /** From when the worker took them up until their outcomes were there; where tasks end at once, their share of the time that all of them took. */
  readonly runMs = new Histogram();
}

/** One worker's, which counts for its functions as well. */
export class WorkerMeter extends Meter {
  /** By when the tasks of the run that the worker reported last had started, on the machine's clock. */
  begunBy = 0;
  /** Tasks that ended and whose wait is not recorded yet: so many of that run, which came to wait then. */
  #waited = 0;
  #waitedIn: SentRun | undefined;
  #waitedSince = 0;
  readonly #traces: TaskTraces;
  readonly #worker: ChannelWorker;

  constructor(traces: TaskTraces, worker: ChannelWorker) {
    super();
    this.#traces = traces;
    this.#worker = worker;
  }

  given(submissions: readonly Submission[]): void {
    this.#traces.given(submissions, this.#worker);
  }

  /** Tasks of a submission have ended. */
  heardEndOf({ queuedAt, cancelled }: Submission, run: SentRun, count: number, kind: number): void {
    // What it came to after it was told to end does not count.
    if (cancelled !== undefined && !isFailure(kind)) {
      this.failed += count;
      run.of.meter.failed += count;
    }
    if (run !== this.#waitedIn || queuedAt !== this.#waitedSince) {
      this.recordWaits();
      this.#waitedIn = run;
      this.#waitedSince = queuedAt;
    }
    this.#waited += count;
  }

  /** Tasks that came in one turn and were sent together have waited for as long, so they are gathered, and recorded as one. */
  recordWaits(): void {
    const run = this.#waitedIn;
    if (run === undefined) return;
    const waitedMs = ((queueClock(run.sentAt) - this.#waitedSince) | 0) * unitMs;
    this.queueMs.record(waitedMs, this.#waited);
    run.of.meter.queueMs.record(waitedMs, this.#waited);
    this.#waitedIn = undefined;
    this.#waited = 0;
  }

  /** Tasks of a run have ended, at this time on the machine's clock. */
  heardEnds(run: SentRun, count: number, kind: number, now: number): void {
    const of = run.of.meter;
    this.ended += count;
    of.ended += count;
    if (isFailure(kind)) {
      this.failed += count;
      of.failed += count;
    }
    if (!hasRun(kind)) return;
    if (run.state === 'silent') run.endedAtOnce += count;
    else {
      const tookMs = now - run.sentAt - run.lagMs;
      this.runMs.record(tookMs, count);
      of.runMs.record(tookMs, count);
    }
  }

  /** The worker has said how long starting tasks of a run has held its loop. */
  heardReport(run: SentRun, started: number, heldMs: number, lagMs: number): void {
    // The first of several tasks holds up the others.
    this.begunBy = run.sentAt + lagMs + (started > 1 ? heldMs : 0);
    run.lagMs = lagMs;
    if (run.endedAtOnce === 0) return;
    const tookMs = heldMs / Math.max(1, started);
    this.runMs.record(tookMs, run.endedAtOnce);
    run.of.meter.runMs.record(tookMs, run.endedAtOnce);
    run.endedAtOnce = 0;
  }
}

/** Those of the functions of a pool, and the tasks of it that somebody hears of. */
export class Meters {
  readonly traces: TaskTraces;
  readonly #byFunction = new Map<FunctionReference, Meter>();

  constructor(pool: string) {
    this.traces = new TaskTraces(pool);
  }

  of(fn: FunctionReference): Meter {
    let meter = this.#byFunction.get(fn);
    if (meter === undefined) this.#byFunction.set(fn, (meter = new Meter()));
    return meter;
  }

  [Symbol.iterator](): MapIterator<[FunctionReference, Meter]> {
    return this.#byFunction.entries();
  }
}

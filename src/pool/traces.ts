// Tells subscribers of the channels of tasks and workers. With no subscriber it costs a look at a flag for what is submitted at
// once, and nothing is kept of tasks.
import { currentScope, type Scope } from '../task/async-context.ts';
import type { Outcome } from '../task/outcome.ts';
import { performance } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import type { WorkerExit } from '../transport/transport.ts';
import {
  taskChannel,
  workerChannel,
  workerReady,
  workerRecycled,
  type ChannelWorker,
  type TaskTrace,
  type WorkerRecycled,
  type WorkerTrace,
} from './channels.ts';
import type { PoolSettings } from './options.ts';
import type { WorkerHost } from './worker-host.ts';

/** The tasks of a pool that somebody hears of. */
export class TaskTraces {
  readonly #pool: string;
  /** Those that are not settled, by id. Empty where nobody has subscribed. */
  readonly #traces = new Map<number, TaskTrace>();
  /** The contexts of their calls, in which subscribers hear of them. */
  readonly #scopes = new WeakMap<TaskTrace, Scope>();

  constructor(pool: string) {
    this.#pool = pool;
  }

  /** Somebody hears of a task. */
  get areKept(): boolean {
    return this.#traces.size > 0;
  }

  accepted(submission: Submission): void {
    const { id, count, fn, attempt } = submission;
    const acceptedMs = performance.now();
    const scope = currentScope();
    for (let at = 0; at < count; at++) {
      const trace: TaskTrace = {
        pool: this.#pool,
        taskId: id + at,
        url: fn.url,
        name: fn.name,
        attempt,
        worker: undefined,
        acceptedMs,
        givenMs: undefined,
        settledMs: undefined,
      };
      this.#traces.set(trace.taskId, trace);
      this.#scopes.set(trace, scope);
      taskChannel.start.publish(trace);
      taskChannel.end.publish(trace);
      // Somebody has heard of one and cancelled it, and those that came together with it.
      if (submission.state === 'settled') return;
    }
  }

  given(submissions: readonly Submission[], worker: ChannelWorker): void {
    if (this.#traces.size === 0) return;
    const now = performance.now();
    for (const { id, count, attempt } of submissions) {
      for (let at = 0; at < count; at++) {
        const trace = this.#traces.get(id + at);
        if (trace === undefined) continue;
        trace.attempt = attempt;
        trace.worker = worker;
        trace.givenMs = now;
      }
    }
  }

  fulfilled(firstId: number, values: readonly unknown[], from: number, to: number): void {
    for (let at = from; at < to; at++) this.settled(firstId + at - from, { ok: true, value: values[at] });
  }

  settled(id: number, outcome: Outcome): void {
    if (this.#traces.size === 0) return;
    const trace = this.#traces.get(id);
    if (trace === undefined) return;
    this.#traces.delete(id);
    trace.settledMs = performance.now();
    if (outcome.ok) trace.result = outcome.value;
    else trace.error = outcome.error;
    this.#scopes.get(trace)?.(publishEnd, trace, outcome.ok);
  }
}

/** The workers of a pool. */
export class WorkerTraces {
  readonly #settings: PoolSettings;
  readonly #traces = new Map<WorkerHost, WorkerTrace>();

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  started(host: WorkerHost, isQuarantine: boolean): void {
    const { id, pid, startedAt } = host;
    const trace: WorkerTrace = {
      pool: this.#settings.name,
      kind: this.#settings.kind,
      worker: { id, pid },
      isQuarantine,
      startedMs: startedAt,
      readyMs: undefined,
      goneMs: undefined,
      exitCode: null,
      signal: null,
    };
    this.#traces.set(host, trace);
    if (!workerChannel.hasSubscribers) return;
    workerChannel.start.publish(trace);
    workerChannel.end.publish(trace);
  }

  ready(host: WorkerHost): void {
    const trace = this.#traces.get(host);
    if (trace === undefined) return;
    trace.readyMs = performance.now();
    workerReady.publish(trace);
  }

  recycled({ id, pid, isUsedUp, tasks, vitals }: WorkerHost): void {
    if (!workerRecycled.hasSubscribers) return;
    const recycled: WorkerRecycled = {
      pool: this.#settings.name,
      worker: { id, pid },
      reason: isUsedUp ? 'afterTasks' : 'aboveRssBytes',
      ended: tasks.meter.ended,
      rssBytes: vitals.rssBytes,
    };
    workerRecycled.publish(recycled);
  }

  /** `error`: why it could not start, or that it died; undefined where it ended as it was told to. */
  gone(host: WorkerHost, { exitCode, signal }: WorkerExit, error: unknown): void {
    const trace = this.#traces.get(host);
    if (trace === undefined) return;
    this.#traces.delete(host);
    trace.goneMs = performance.now();
    trace.exitCode = exitCode;
    trace.signal = signal;
    if (error !== undefined) trace.error = error;
    if (!workerChannel.hasSubscribers) return;
    if (error !== undefined) workerChannel.error.publish(trace);
    workerChannel.asyncStart.publish(trace);
    workerChannel.asyncEnd.publish(trace);
  }
}

function publishEnd(trace: TaskTrace, isFulfilled: boolean): void {
  if (!isFulfilled) taskChannel.error.publish(trace);
  taskChannel.asyncStart.publish(trace);
  taskChannel.asyncEnd.publish(trace);
}

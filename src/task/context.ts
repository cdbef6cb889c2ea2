// What a running task knows about itself. It is carried by AsyncLocalStorage: right after every `await`, and never
// visible to other tasks that share the loop.
import type { MessagePort } from 'node:worker_threads';

import { arrayEntries } from './arrays.ts';
import { currentScope, type Scope } from './async-context.ts';
import { AbortController } from './platform.ts';
import { InvalidOptionError } from '../errors.ts';
import { realm } from './realm.ts';
import { whyNotTransferable } from './transferable.ts';

/** Where a task can run. */
export type WorkerKind = 'process' | 'thread' | 'inline';

/** The worker that runs a task. */
export interface WorkerInfo {
  /** Counted from 1 within its pool; a worker that replaces a dead one has a new id. 0 where no pool runs the task. */
  readonly id: number;
  readonly kind: WorkerKind;
  readonly pid: number;
  /** What the pool's `setup` returned in this worker: a database handle, an HTTP agent. Undefined where it returned nothing. */
  readonly state: unknown;
}

/** A worker as its tasks see it. What `setup` returned is not listed, for a task may return what it knows of its worker, and a database handle cannot cross. */
export function workerInfo(id: number, kind: WorkerKind, state?: unknown): WorkerInfo {
  return Object.defineProperty({ id, kind, pid: process.pid } as WorkerInfo, 'state', { value: state });
}

/** One attempt at a task, as the task sees it. */
export class TaskContext {
  /** Counted from 1 within its pool; 0 where the function was called directly. */
  readonly taskId: number;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly worker: WorkerInfo;
  #abortion: { readonly controller: AbortController; readonly scope: Scope | undefined } | undefined;
  /** What is named twice is moved once. */
  #transfers: Set<Transferable> | undefined;
  #caller: CallerLine | undefined = undefined;

  /** @internal */
  constructor(taskId: number, attempt: number, worker: WorkerInfo) {
    this.taskId = taskId;
    this.attempt = attempt;
    this.worker = worker;
  }

  /** Aborted when the task is cancelled. The task should then end soon; its `finally` blocks have time to. */
  get signal(): AbortSignal {
    // The listeners are the task's, and run in its context, wherever the word to end comes from.
    this.#abortion ??= { controller: new AbortController(), scope: currentScope() };
    return this.#abortion.controller.signal;
  }

  /**
   * Gives buffers of the result away: between threads they move in no time instead of being copied, and are empty here
   * afterwards. Over processes, where nothing can move, they are copied, and emptied all the same. What is given twice is moved once.
   *
   * @throws {InvalidOptionError} Something in the list can never be moved: a view, a SharedArrayBuffer, a plain object.
   */
  get transfer(): (buffers: readonly Transferable[]) => void {
    // A getter, for it costs nothing where it is not asked for, and what it gives can be taken apart from the context.
    return (buffers) => {
      const transfers = (this.#transfers ??= new Set());
      for (const [at, buffer] of arrayEntries(buffers)) {
        const why = whyNotTransferable(buffer);
        if (why !== undefined) throw new InvalidOptionError('transfer', `\`transfer([…][${at}])\` ${why}.`);
        transfers.add(buffer);
      }
    };
  }

  /**
   * Tells the caller something while the task runs: it reaches `onReport` (see {@link RunOptions}) in order, and before what the task comes to.
   * Never waits, and nothing is lost, but for what is told after the task was told to end. Where nobody listens it costs next to nothing.
   *
   * @returns False where a thousand reports or more have not reached the caller yet: it would do to say less, or to wait a little.
   * @throws {NotSerializableError} The value cannot cross.
   * @example
   * for (const [at, page] of pages.entries()) {
   *   await render(page);
   *   context().report({ done: at + 1, of: pages.length });
   * }
   */
  get report(): (value: unknown) => boolean {
    return (value) => this.#caller?.report?.(value) ?? true;
  }

  /**
   * What the caller sends to the task while it runs, by `send` on what {@link Runner.stream} returns: an async iterable, read in order. Nothing is
   * sent before it is read. A loop over it that is left leaves what follows to the next loop. It ends when the caller leaves the stream, and when the
   * task is cancelled. Where nobody can send (`run`, `map`, a plain call) it is empty.
   *
   * @example
   * const zoom = task(import.meta, async function* zoom(image: Image) {
   *   for await (const level of context().messages) yield image.render(level as number);
   * });
   */
  get messages(): AsyncIterable<unknown> {
    return this.#caller?.messages?.() ?? noMessages;
  }

  /** @internal */
  connect(caller: CallerLine | undefined): void {
    this.#caller = caller;
  }

  /** @internal What was given away since it was asked last. */
  takeTransfers(): Transferable[] | undefined {
    const taken = this.transfers;
    this.#transfers = undefined;
    return taken;
  }

  /** @internal */
  get transfers(): Transferable[] | undefined {
    return this.#transfers && [...this.#transfers];
  }

  /** @internal */
  abort(reason: unknown): void {
    const { controller, scope } = (this.#abortion ??= { controller: new AbortController(), scope: undefined });
    if (scope === undefined) controller.abort(reason);
    else scope(() => controller.abort(reason));
  }
}

/** How a task reaches its caller while it runs. */
export interface CallerLine {
  report?: ReportSink;
  messages?: () => AsyncIterable<unknown>;
}

const noMessages: AsyncIterable<unknown> = Object.freeze({
  [Symbol.asyncIterator]: () => (async function* () {})(),
});

/** Takes a report; false where many have not been heard yet. */
export type ReportSink = (value: unknown) => boolean;

/**
 * What AsyncLocalStorage carries. To enter one costs more than most tasks, so tasks that end at once are started in one
 * frame, one after the other; a task that goes on keeps the frame in which it was started for itself.
 */
export interface ContextFrame {
  readonly context: TaskContext | undefined;
}

/** Something that can be moved between threads instead of being copied. */
export type Transferable = ArrayBuffer | MessagePort;

/**
 * What the running task knows about itself: `signal`, `taskId`, `attempt`, `worker`. It is right after any `await`.
 * Where no pool runs the function, because it was called directly, the context has a signal that never aborts, task 0,
 * attempt 1 and worker 0. So a task function can always be called as the plain function that it is. In a worker, outside of any task,
 * `worker` is that worker: also while a module is loaded, and in timers of the user's code.
 *
 * @example
 * const fetchText = task(import.meta, async function fetchText(url: string) {
 *   const response = await fetch(url, { signal: context().signal });
 *   return response.text();
 * });
 */
export function context(): TaskContext {
  return realm.contexts.getStore()?.context ?? new TaskContext(0, 1, realm.worker ?? workerInfo(0, 'inline'));
}

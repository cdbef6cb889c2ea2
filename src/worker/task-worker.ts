// A worker: one event loop that runs many tasks at once. The transport hands it messages; it answers through its outbox.
import { NotSerializableError } from '../errors.ts';
import { TaskContext, type WorkerInfo } from '../task/context.ts';
import { messageOf } from '../task/outcome.ts';
import { realm } from '../task/realm.ts';
import type { AnyFunction } from '../task/task-function.ts';
import {
  FULFILLED,
  NOT_LOADED,
  PACKED,
  REFUSED,
  REJECTED,
  type EndCode,
  type Form,
  type Run,
  type Start,
  type ToWorker,
  type WireCall,
} from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { findFunction, Functions, loadModule } from './functions.ts';
import { Outbox, type PoolPort } from './outbox.ts';

/** Outcomes wait no longer than this for the other tasks of their message. */
const flushAfterMs = 1;

export class TaskWorker {
  readonly #outbox: Outbox;
  readonly #port: PoolPort;
  readonly #functions = new Functions();
  /** Async tasks that have started and not ended, by slot. */
  readonly #running: (TaskContext | undefined)[] = [];
  #runningCount = 0;
  /** Tasks that wait for a module, by slot; a reason is there once they were cancelled. */
  readonly #waiting = new Map<number, { reason: unknown } | undefined>();
  #info: WorkerInfo = { id: 0, kind: 'inline', pid: process.pid };
  #started: Promise<void> = Promise.resolve();
  #teardown: { call: WireCall; args: unknown } | undefined;

  constructor(port: PoolPort) {
    this.#port = port;
    this.#outbox = new Outbox(port);
  }

  receive(batch: readonly ToWorker[]): void {
    for (const message of batch) {
      switch (message.type) {
        case 'run':
          this.#run(message);
          break;
        case 'define':
          this.#functions.define(message.fn, message.url, message.name, this.#info.kind);
          break;
        case 'cancel':
          this.#cancel(message.slot, message.payload?.[0]);
          break;
        case 'start':
          this.#started = this.#start(message);
          break;
        case 'stop':
          void this.#stop();
          break;
      }
    }
  }

  /** Sends what is ready; for when the process is about to end. */
  flush(): void {
    this.#outbox.flush();
  }

  /** An exception that nobody caught is about to end this worker. */
  dying(error: unknown): void {
    this.#outbox.sendThrown('dying', error);
  }

  async #start({ worker, kind, depth, setup, teardown, payload, forms }: Start): Promise<void> {
    this.#info = { id: worker, kind, pid: process.pid };
    if (realm.isWorker) realm.depth = depth;
    try {
      if (teardown !== undefined)
        this.#teardown = { call: teardown, args: await decode(payload?.[1], forms[1], 'teardown.args') };
      if (setup !== undefined) await this.#call(setup, await decode(payload?.[0], forms[0], 'setup.args'));
    } catch (error) {
      this.#outbox.sendThrown('startFailed', error);
      this.#port.end();
      return;
    }
    this.#outbox.send({ type: 'ready' });
  }

  async #stop(): Promise<void> {
    await this.#started;
    try {
      if (this.#teardown !== undefined) await this.#call(this.#teardown.call, this.#teardown.args);
      this.#outbox.send({ type: 'stopped' });
    } catch (error) {
      this.#outbox.sendThrown('stopped', error);
    }
    this.#port.end();
  }

  /** Setup and teardown are calls of the pool's own, with a context but no task. */
  async #call({ url, name }: WireCall, args: unknown): Promise<void> {
    const fn = (await findFunction(url, name, this.#info.kind)) as (...args: unknown[]) => unknown;
    await realm.contexts.run(new TaskContext(0, 1, this.#info), fn, ...(args as unknown[]));
  }

  #run(message: Run): void {
    if (message.payloadError !== undefined) {
      const why = messageOf(message.payloadError);
      this.#endAll(
        message,
        REFUSED,
        new NotSerializableError('args', `decoding failed (${why})`, { cause: message.payloadError }),
      );
      return;
    }
    const fn = this.#functions.get(message.fn);
    if (typeof fn === 'function') {
      this.#begin(message, fn);
      return;
    }
    this.#wait(message);
    fn.then(
      (loaded) => this.#begin(message, loaded),
      (error: unknown) => this.#endAll(message, NOT_LOADED, error),
    );
  }

  #endAll({ calls }: Run, code: EndCode, error: unknown): void {
    for (let at = 0; at < calls.length; at += 3) {
      const slot = calls[at] ?? -1;
      this.#waiting.delete(slot);
      this.#outbox.ended(slot, code, error);
    }
    this.#outbox.flush();
  }

  #begin(run: Run, fn: AnyFunction): void {
    // From here on a task may have an effect. If this worker dies, the pool must know, so nothing begins before this has left.
    this.#outbox.send({ type: 'started', message: run.message });
    if (!this.#port.isBehind) {
      this.#startTasks(run, fn);
      return;
    }
    this.#wait(run);
    this.#port.whenSent(() => this.#startTasks(run, fn));
  }

  /** Marks the tasks of a message as waiting, so that they can be cancelled meanwhile. */
  #wait({ calls }: Run): void {
    for (let at = 0; at < calls.length; at += 3) {
      const slot = calls[at] ?? -1;
      if (!this.#waiting.has(slot)) this.#waiting.set(slot, undefined);
    }
  }

  #startTasks({ attempt, calls, payload = [] }: Run, fn: AnyFunction): void {
    let flushedAt = performance.now();
    for (let at = 0; at < payload.length; at++) {
      const slot = calls[3 * at] ?? -1;
      const taskId = calls[3 * at + 1] ?? -1;
      if (calls[3 * at + 2] === PACKED) this.#unpackAndStart(fn, payload[at], slot, taskId, attempt);
      else this.#startTask(fn, payload[at] as unknown[], slot, taskId, attempt);
      const now = performance.now();
      if (now - flushedAt > flushAfterMs) {
        this.#outbox.flush();
        flushedAt = now;
      }
    }
    this.#flushSoon();
  }

  #unpackAndStart(fn: AnyFunction, packed: unknown, slot: number, taskId: number, attempt: number): void {
    // Where a class is not loaded here yet the task waits for it, and can be cancelled meanwhile.
    let isAtOnce = true;
    if (!this.#waiting.has(slot)) this.#waiting.set(slot, undefined);
    whenUnpacked(
      packed,
      'args',
      (args) => {
        this.#startTask(fn, args as unknown[], slot, taskId, attempt);
        if (!isAtOnce) this.#flushSoon();
      },
      (error) => {
        this.#waiting.delete(slot);
        this.#outbox.ended(slot, REFUSED, error);
        if (!isAtOnce) this.#flushSoon();
      },
      loadModule,
    );
    isAtOnce = false;
  }

  #startTask(fn: AnyFunction, args: unknown[], slot: number, taskId: number, attempt: number): void {
    if (this.#waiting.size > 0) {
      const cancelled = this.#waiting.get(slot);
      this.#waiting.delete(slot);
      if (cancelled !== undefined) {
        this.#outbox.ended(slot, REJECTED, cancelled.reason);
        return;
      }
    }
    const context = new TaskContext(taskId, attempt, this.#info);
    try {
      const result: unknown = realm.contexts.run(context, fn as (...args: unknown[]) => unknown, ...args);
      if (isThenable(result)) void this.#settle(result, slot, context);
      else this.#outbox.ended(slot, FULFILLED, result, context.transfers);
    } catch (error) {
      this.#outbox.ended(slot, REJECTED, error);
    }
  }

  async #settle(result: PromiseLike<unknown>, slot: number, context: TaskContext): Promise<void> {
    this.#running[slot] = context;
    this.#runningCount++;
    let code = FULFILLED;
    let end: unknown;
    try {
      end = await result;
    } catch (error) {
      code = REJECTED;
      end = error;
    }
    this.#running[slot] = undefined;
    this.#runningCount--;
    this.#outbox.ended(slot, code, end, code === FULFILLED ? context.transfers : undefined);
    this.#flushSoon();
  }

  /** With nothing left to run, nothing is worth waiting for. */
  #flushSoon(): void {
    if (this.#runningCount === 0) this.#outbox.flush();
    else this.#outbox.planFlush();
  }

  #cancel(slot: number, packedReason: unknown): void {
    const running = this.#running[slot];
    whenUnpacked(
      packedReason,
      'reason',
      (reason) => {
        if (running !== undefined) running.abort(reason);
        else if (this.#waiting.has(slot)) this.#waiting.set(slot, { reason });
      },
      undefined,
      loadModule,
    );
  }
}

function decode(body: unknown, form: Form, name: string): Promise<unknown> {
  if (form !== PACKED) return Promise.resolve(body);
  return new Promise((resolve, reject) => whenUnpacked(body, name, resolve, reject, loadModule));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

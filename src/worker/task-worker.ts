// A worker: one event loop that runs many tasks at once. The transport hands it messages; it answers through its outbox.
import { emptyScope } from '../task/async-context.ts';
import { TaskContext, workerInfo, type WorkerInfo } from '../task/context.ts';
import { NativePromise, resolved } from '../task/platform.ts';
import { realm } from '../task/realm.ts';
import { messageOf } from '../task/foreign.ts';
import { checkOrders } from '../wire/check-orders.ts';
import { PACKED, unreadableCode, type Form, type Start, type ToWorker, type WireCall } from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { callFound, type FoundFunction } from './exported.ts';
import { findFunction, Functions, classModules } from './functions.ts';
import { Loop } from './loop.ts';
import { Outbox, type PoolPort } from './outbox.ts';
import type { Restore } from './restoring.ts';
import { OwnVitals } from './vitals.ts';

export class TaskWorker {
  readonly #outbox: Outbox;
  readonly #port: PoolPort;
  readonly #functions = new Functions();
  readonly #vitals = new OwnVitals();
  #info: WorkerInfo = workerInfo(0, 'inline');
  #loop: Loop;
  #started: Promise<void> = resolved();
  #restore: Restore | undefined;
  #teardown: { call: WireCall; args: unknown } | undefined;

  constructor(port: PoolPort) {
    this.#port = port;
    this.#outbox = new Outbox(port);
    this.#loop = this.#newLoop(1);
  }

  /** Takes messages as the transport has read them. */
  receive(batch: unknown): void {
    try {
      checkOrders(batch);
      this.#handle(batch);
    } catch (error) {
      this.broken(error);
    }
  }

  /** What came could not be read. Whatever it was about would wait for ever, so this worker ends, and says why. */
  broken(cause: unknown): void {
    const why = `what its pool sent cannot be read (${messageOf(cause)})`;
    this.dying(Object.assign(new Error(why, { cause }), { code: unreadableCode }));
    this.#port.end(1);
  }

  #handle(batch: readonly ToWorker[]): void {
    for (const message of batch) {
      switch (message.type) {
        case 'run':
          this.#loop.run(message);
          break;
        case 'define':
          this.#functions.define(message.fn, message.url, message.name, this.#info.kind);
          break;
        case 'cancel':
          this.#loop.received(message.run)?.hearCancel(message);
          break;
        case 'more':
          this.#loop.received(message.run)?.hearMore(message);
          break;
        case 'feed':
          this.#loop.received(message.run)?.hearFeed(message);
          break;
        case 'abandon':
          this.#loop.abandon(message);
          break;
        case 'ping':
          this.#outbox.send(this.#vitals.take());
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

  async #start(start: Start): Promise<void> {
    const { worker, kind, depth, concurrency, setup, teardown, restore, payload, forms, graceMs } = start;
    this.#port.setGrace?.(graceMs);
    this.#info = workerInfo(worker, kind);
    this.#loop = this.#newLoop(concurrency);
    if (realm.isWorker) {
      realm.depth = depth;
      realm.worker = this.#info;
    }
    try {
      if (teardown !== undefined)
        this.#teardown = { call: teardown, args: await decode(payload?.[1], forms[1], 'teardown.args') };
      if (restore !== undefined) {
        this.#restore = boundRestore(await findFunction(restore.url, restore.name, kind));
        this.#loop = this.#newLoop(concurrency);
      }
      if (setup !== undefined) {
        const args = await decode(payload?.[0], forms[0], 'setup.args');
        const state = await this.#call(setup, args, () => this.#outbox.send({ type: 'settingUp' }));
        this.#info = workerInfo(worker, kind, state);
        if (realm.isWorker) realm.worker = this.#info;
        this.#loop = this.#newLoop(concurrency);
      }
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

  #newLoop(concurrency: number): Loop {
    return new Loop(this.#port, this.#outbox, this.#functions, this.#info, concurrency, this.#restore);
  }

  /** Setup and teardown are calls of the pool's own, with a context but no task. */
  async #call({ url, name }: WireCall, args: unknown, onBegin?: () => void): Promise<unknown> {
    const found = await findFunction(url, name, this.#info.kind);
    onBegin?.();
    return await emptyScope(() => {
      realm.contexts.enterWith({ context: new TaskContext(0, 1, this.#info) });
      return callFound(found, args as unknown[]);
    });
  }
}

function boundRestore(found: FoundFunction): Restore {
  return (value, fn) => callFound(found, [value, fn]);
}

function decode(body: unknown, form: Form, name: string): Promise<unknown> {
  if (form !== PACKED) return resolved(body);
  return new NativePromise((resolve, reject) => whenUnpacked(body, name, classModules, resolve, reject));
}

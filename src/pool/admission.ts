// How many tasks may wait, and who waits until one more may.
import { QueueFullError } from '../errors.ts';
import { Fifo } from '../runner/fifo.ts';
import type { Refusable, Refusables } from '../runner/submitter.ts';
import { NativePromise, resolved, setImmediate } from '../task/platform.ts';
import type { FunctionReference } from '../task/task-function.ts';

/** Waits until a task would be accepted. */
interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export interface AdmissionEvents {
  /** How many tasks wait. */
  waiting(): number;
  /** How many workers are still to be started, each of which will take a task first. */
  unstarted(): number;
  /** How many workers are free for whatever comes, where nothing waits. */
  free(): number;
  /** How many tasks of this function fit into the workers, started or not. */
  places(fn: FunctionReference): number;
  /** Gives what can be given now. */
  dispatch(): void;
}

export class Admission implements Refusables {
  readonly #pool: string;
  readonly #maxQueue: number;
  readonly #events: AdmissionEvents;
  readonly #waiters = new Fifo<Waiter>();
  /** Who was let in and has not submitted yet. They have until the end of this turn. */
  #letIn = 0;
  #isForgetting = false;
  #isLetting = false;
  #isClosed = false;
  #refusal: unknown;
  /** Maps whose reader waits. */
  readonly #refusables = new Set<Refusable>();

  constructor(pool: string, maxQueue: number, events: AdmissionEvents) {
    this.#pool = pool;
    this.#maxQueue = maxQueue;
    this.#events = events;
  }

  /** There is a number of tasks that may wait. */
  get isLimited(): boolean {
    return this.#maxQueue !== Infinity;
  }

  /** Why one more call of this function is refused; undefined where it is not. */
  refusal(fn: FunctionReference): QueueFullError | undefined {
    if (!this.isLimited) return undefined;
    if (this.#letIn > 0) this.#letIn--;
    // Who waits was there before who does not ask.
    else if (this.room(fn) <= this.#waiters.size) return new QueueFullError(this.#pool, this.#maxQueue);
    return undefined;
  }

  /** How many more tasks may wait; where the function is known, or fit into the workers. */
  room(fn?: FunctionReference): number {
    if (!this.isLimited) return Infinity;
    let room = this.#free(fn);
    if (room > 0) return room;
    // What was submitted in this turn may only wait for the turn to be over.
    this.#events.dispatch();
    room = this.#free(fn);
    return room;
  }

  /** Resolves when one more call would be accepted, which must then be made at once. */
  wait(): Promise<void> {
    if (this.#waiters.size === 0 && this.room() > 0) {
      this.#admit();
      return resolved();
    }
    return new NativePromise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** There may be more room. Who waits is let in when this turn is over: what goes on in it, and does not ask, would be there first. */
  hear(): void {
    if (this.#waiters.size === 0 || this.#isLetting || this.#free() <= 0) return;
    this.#isLetting = true;
    setImmediate(() => {
      this.#isLetting = false;
      while (this.#waiters.size > 0 && !this.#isClosed && this.#free() > 0) {
        this.#admit();
        this.#waiters.shift()?.resolve();
      }
    });
  }

  /** Tells it when nothing is accepted any more; in a turn of its own where that is so already. */
  add(who: Refusable): void {
    this.#refusables.add(who);
    if (this.#isClosed) this.#tell();
  }

  delete(who: Refusable): void {
    this.#refusables.delete(who);
  }

  /** Nothing is accepted any more. Those that wait are told when everything else has been. */
  close(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#refusal = reason;
    this.#tell();
  }

  #tell(): void {
    setImmediate(() => {
      for (const { reject } of this.#waiters.drain()) reject(this.#refusal);
      for (const who of [...this.#refusables]) if (this.#refusables.delete(who)) who.refuse(this.#refusal);
    });
  }

  #free(fn?: FunctionReference): number {
    const { waiting, unstarted, free, places } = this.#events;
    const mayWait = Math.max(this.#maxQueue, free()) + unstarted();
    return (fn === undefined ? mayWait : Math.max(mayWait, places(fn))) - waiting() - this.#letIn;
  }

  #admit(): void {
    if (!this.isLimited) return;
    this.#letIn++;
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    setImmediate(() => {
      this.#isForgetting = false;
      this.#letIn = 0;
      this.hear();
    });
  }
}

// How many tasks may wait, and who waits until one more may.
import { QueueFullError } from '../errors.ts';
import { Fifo } from '../runner/fifo.ts';
import type { Refusable, Refusables } from '../runner/submitter.ts';
import { emptyScope } from '../task/async-context.ts';
import { NativePromise, resolved, setImmediate } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';

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
  /** How many tasks may wait where one more like this is to fit into the workers, started or not. */
  places(task: Submission): number;
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

  /** Why a task is refused; undefined where it is not. */
  refusal(task: Submission): QueueFullError | undefined {
    if (!this.isLimited) return undefined;
    if (this.#letIn > 0) this.#letIn--;
    // Who waits was there before who does not ask.
    else if (this.room(task) <= this.#waiters.size) return new QueueFullError(this.#pool, this.#maxQueue);
    return undefined;
  }

  /** How many more tasks may wait; where the task is known, or fit into the workers. */
  room(task?: Submission): number {
    if (!this.isLimited) return Infinity;
    let room = this.#free(task);
    if (room > 0) return room;
    // What was submitted in this turn may only wait for the turn to be over.
    emptyScope(this.#events.dispatch);
    room = this.#free(task);
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

  #free(task?: Submission): number {
    const { waiting, unstarted, free, places } = this.#events;
    // A task with a key has no use of a worker that is free, if that is not its own.
    const mayStart = task?.options.key === undefined ? free() : 0;
    const mayWait = Math.max(this.#maxQueue, mayStart) + unstarted();
    return (task === undefined ? mayWait : Math.max(mayWait, places(task))) - waiting() - this.#letIn;
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

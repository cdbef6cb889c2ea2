// How many tasks may wait, and who waits until one more may.
import { QueueFullError } from '../errors.ts';
import { Fifo } from '../runner/fifo.ts';

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
  /** Gives what can be given now. */
  dispatch(): void;
}

export class Admission {
  readonly #pool: string;
  readonly #maxQueue: number;
  readonly #events: AdmissionEvents;
  readonly #waiters = new Fifo<Waiter>();
  /** Who was let in and has not submitted yet. They have until the end of this turn. */
  #letIn = 0;
  #isForgetting = false;
  #isLetting = false;
  #isClosed = false;

  constructor(pool: string, maxQueue: number, events: AdmissionEvents) {
    this.#pool = pool;
    this.#maxQueue = maxQueue;
    this.#events = events;
  }

  /** There is a number of tasks that may wait. */
  get isLimited(): boolean {
    return this.#maxQueue !== Infinity;
  }

  /** Why one more call is refused; undefined where it is not. */
  refusal(): QueueFullError | undefined {
    if (!this.isLimited) return undefined;
    if (this.#letIn > 0) this.#letIn--;
    // Who waits was there before who does not ask.
    else if (this.room() <= this.#waiters.size) return new QueueFullError(this.#pool, this.#maxQueue);
    return undefined;
  }

  /** How many more tasks may wait. */
  room(): number {
    if (!this.isLimited) return Infinity;
    let room = this.#free();
    if (room > 0) return room;
    // What was submitted in this turn may only wait for the turn to be over.
    this.#events.dispatch();
    room = this.#free();
    return room;
  }

  /** Resolves when one more call would be accepted, which must then be made at once. */
  wait(): Promise<void> {
    if (this.#waiters.size === 0 && this.room() > 0) {
      this.#admit();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
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

  /** Nothing is accepted any more. Those that wait are told when everything else has been. */
  close(reason: unknown): void {
    this.#isClosed = true;
    setImmediate(() => {
      for (const { reject } of this.#waiters.drain()) reject(reason);
    });
  }

  #free(): number {
    const { waiting, unstarted, free } = this.#events;
    return Math.max(this.#maxQueue, free()) + unstarted() - waiting() - this.#letIn;
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

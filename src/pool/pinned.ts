// Tasks that wait for one worker and no other: for it has their key, or because each worker is to run them once. They are a
// queue of their own beside the one of all others, and whose turn it is follows the same rule in both and between them: the
// higher priority, then who came first; and nobody waits for ever.
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { patience, Queue } from './queue.ts';

export class Pinned {
  readonly #workerId: number;
  readonly #queue = new Queue();
  /** Tasks for any worker that this one was given while a task that came before them waited here. */
  #passedBy = 0;
  /** Tasks from here that this worker was given while one for any worker waited that came before them. */
  #passed = 0;

  constructor(workerId: number) {
    this.#workerId = workerId;
  }

  /** How many tasks wait. */
  get size(): number {
    return this.#queue.size;
  }

  /** The next task. */
  get next(): Submission | undefined {
    return this.#queue.next;
  }

  *[Symbol.iterator](): Generator<Submission> {
    yield* this.#queue;
  }

  sizes(): Iterable<readonly [FunctionReference, number]> {
    return this.#queue.sizes();
  }

  push(submission: Submission): void {
    submission.place = this.#workerId;
    this.#queue.push(submission);
  }

  putBack(submission: Submission): void {
    submission.place = this.#workerId;
    this.#queue.putBack(submission);
  }

  /** A task that waits here is about to be settled. */
  forget(submission: Submission): void {
    this.#queue.forget(submission);
  }

  /** Takes the next task, where its turn is before that of whoever waits for any worker. */
  takeBefore(others: Queue): Submission | undefined {
    const own = this.#queue.next;
    if (own === undefined) return undefined;
    const other = others.next;
    if (other !== undefined && !this.#isBefore(own, other)) return undefined;
    this.#passed = other !== undefined && other.id < own.id ? this.#passed + 1 : 0;
    return this.take();
  }

  /**
   * Takes the next task where those for any worker have had their turn. Where one of them is before it, this worker may not be given that
   * now; while it is silent, so that it may be given it as soon as it is not, only so many pass.
   */
  takePassing(others: Queue, isSilent: boolean): Submission | undefined {
    const own = this.#queue.next;
    const other = others.next;
    if (own !== undefined && other !== undefined && !this.#isBefore(own, other)) {
      if (isSilent && this.#passed >= patience) return undefined;
      this.#passed++;
    }
    return this.take();
  }

  /** Takes the next task. */
  take(): Submission | undefined {
    const next = this.#queue.oldest();
    return next && this.#queue.take(next.lane, 1);
  }

  /** Tasks that may go to any worker were given to this one. */
  hearGiven({ id, count }: Submission): void {
    const own = this.#queue.next;
    this.#passed = 0;
    this.#passedBy = own !== undefined && own.id < id ? this.#passedBy + count : 0;
  }

  /** Takes everything out, in order. */
  takeAll(): Submission[] {
    return this.#queue.takeAll();
  }

  #isBefore(own: Submission, other: Submission): boolean {
    const priority = own.options.priority ?? 0;
    const others = other.options.priority ?? 0;
    const isElder = own.id < other.id;
    if (priority === others) return isElder;
    return priority > others ? isElder || this.#passed < patience : isElder && this.#passedBy >= patience;
  }
}

// Running tasks that were told to end. Each has the grace to do so by itself.
import type { Task } from '../task/task.ts';

interface Cancellation {
  readonly reason: unknown;
  readonly deadline: number;
}

export class Cancellations {
  readonly #graceMs: number;
  readonly #onOverdue: (task: Task) => void;
  /** In the order of their deadlines, for all have the same grace. */
  readonly #byTask = new Map<Task, Cancellation>();
  #timer: NodeJS.Timeout | undefined;

  constructor(graceMs: number, onOverdue: (task: Task) => void) {
    this.#graceMs = graceMs;
    this.#onOverdue = onOverdue;
  }

  add(task: Task, reason: unknown): void {
    this.#byTask.set(task, { reason, deadline: performance.now() + this.#graceMs });
    if (this.#graceMs === Infinity) return;
    this.#timer ??= setTimeout(() => this.#check(), this.#graceMs).unref();
  }

  /** The task has ended. The reason for which it was cancelled. */
  take(task: Task): { reason: unknown } | undefined {
    const found = this.#byTask.get(task);
    if (found === undefined) return undefined;
    this.#byTask.delete(task);
    if (this.#byTask.size === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    return found;
  }

  /** None is waited for any more. */
  clear(): void {
    this.#byTask.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    const now = performance.now();
    // Overdue ones stay until their worker is gone, but are told of once.
    for (const [task, { deadline }] of [...this.#byTask]) {
      if (deadline > now + 1) {
        this.#timer = setTimeout(() => this.#check(), deadline - now).unref();
        return;
      }
      this.#onOverdue(task);
    }
  }
}

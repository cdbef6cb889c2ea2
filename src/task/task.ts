// A task: one submitted call of a task function. It is in exactly one place: the queue, one worker host's in-flight
// table, or settled.
import type { Transferable } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { FunctionReference } from './task-function.ts';

/** Options that are bound once, by `with`, and shared by every task of that runner. */
export interface TaskOptions {
  readonly transfer?: readonly Transferable[];
}

export const noOptions: TaskOptions = Object.freeze({});

/** The life of a task, changed only by who holds it. `cancelling`: it runs, and was told to end. */
export type TaskState = 'new' | 'queued' | 'inFlight' | 'cancelling' | 'settled';

/**
 * One submitted call, and what is done with its outcome. A class with a method, not a bag of callbacks: a task is made
 * for every call, so it must cost one object and no closure.
 */
export abstract class Task {
  readonly fn: FunctionReference;
  readonly args: readonly unknown[];
  readonly options: TaskOptions;
  state: TaskState = 'new';
  /** Given by the pool that accepts it, counted from 1. */
  id = 0;
  attempt = 1;
  /** How many workers died while they loaded its function. */
  deathsAtLoad = 0;
  /** Where it is in flight: the place in the worker host's table, and the number of the message that carried it. */
  slot = -1;
  message = 0;

  constructor(fn: FunctionReference, args: readonly unknown[], options: TaskOptions) {
    this.fn = fn;
    this.args = args;
    this.options = options;
  }

  /** Called once, with how the task ended. */
  abstract settle(outcome: Outcome): void;
}

// `run`: one call, one promise.
import type { Outcome } from '../task/outcome.ts';
import { Task, type TaskOptions } from '../task/task.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { rejectWithCaller } from './caller-line.ts';

export class RunTask extends Task {
  readonly promise: Promise<unknown>;
  readonly #resolve: (value: unknown) => void;

  constructor(fn: FunctionReference, args: readonly unknown[], options: TaskOptions) {
    super(fn, args, options);
    this.promise = new Promise(takeResolve);
    this.#resolve = taken;
  }

  settle(outcome: Outcome): void {
    this.#resolve(outcome.ok ? outcome.value : rejectWithCaller(outcome.error));
  }
}

let taken: (value: unknown) => void;
/** One for all, so that a task costs no closure. */
function takeResolve(resolve: (value: unknown) => void): void {
  taken = resolve;
}

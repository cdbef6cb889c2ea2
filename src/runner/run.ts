// `run`: one call, one promise.
import type { Outcome } from '../task/outcome.ts';
import { Submission, type TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { rejectWithCaller } from './caller-line.ts';

export class RunCall extends Submission {
  readonly promise: Promise<unknown>;
  readonly #arguments: unknown;
  readonly #resolve: (value: unknown) => void;

  constructor(fn: FunctionReference, args: readonly unknown[], options: TaskOptions) {
    super(fn, options, args.length, 1);
    this.#arguments = args.length === 1 ? args[0] : args;
    this.promise = new Promise(takeResolve);
    this.#resolve = taken;
  }

  argumentsOf(): unknown {
    return this.#arguments;
  }

  settle(_at: number, outcome: Outcome): void {
    this.#resolve(outcome.ok ? outcome.value : rejectWithCaller(outcome.error));
  }

  fulfil(_at: number, values: readonly unknown[], from: number): void {
    this.#resolve(values[from]);
  }

  protected tail(): never {
    throw new RangeError('one call cannot be split');
  }
}

let taken: (value: unknown) => void;
/** One for all, so that a task costs no closure. */
function takeResolve(resolve: (value: unknown) => void): void {
  taken = resolve;
}

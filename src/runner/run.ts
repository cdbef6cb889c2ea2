// `run`: one call, one promise.
import type { Outcome } from '../task/outcome.ts';
import { NativePromise } from '../task/platform.ts';
import { Submission, type TaskOptions } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { rejectWithCaller } from './caller-line.ts';
import { abortedWith, forgetSignal, isAborted, isReasonOf, listen, type Abortable } from './signals.ts';
import type { Submitter } from './submitter.ts';
import { closeUnsent, prepareSources } from './unsent.ts';

export class RunCall extends Submission implements Abortable {
  readonly promise: Promise<unknown>;
  readonly #arguments: unknown;
  readonly #resolve: (value: unknown) => void;
  #submitter: Submitter | undefined;

  constructor(fn: FunctionReference, args: readonly unknown[], options: TaskOptions) {
    super(fn, options, args.length, 1);
    prepareSources(this, args);
    this.#arguments = args.length === 1 ? args[0] : args;
    this.promise = new NativePromise(takeResolve);
    this.#resolve = taken;
    // Or the last promise, and on Node 22 the context that hangs on it, would be kept in memory until the next call.
    taken = nothingTaken;
  }

  argumentsOf(): unknown {
    return this.#arguments;
  }

  /** Submits it, and cancels it when its signal says so. */
  submitTo(submitter: Submitter): void {
    const { signal } = this.options;
    if (signal !== undefined) {
      if (isAborted(signal)) {
        closeUnsent(this.#arguments);
        this.#resolve(abortedWith(signal));
        return;
      }
      this.#submitter = submitter;
      listen(signal, this);
    }
    submitter.submit(this);
  }

  aborted(reason: unknown): void {
    this.#submitter?.cancel(this, reason);
  }

  settle(_at: number, outcome: Outcome): void {
    const { signal } = this.options;
    if (signal !== undefined) forgetSignal(signal, this);
    if (outcome.ok) this.#resolve(outcome.value);
    else this.#resolve(isReasonOf(signal, outcome.error) ? abortedWith(signal) : rejectWithCaller(outcome.error));
  }

  fulfil(_at: number, values: readonly unknown[], from: number): void {
    if (this.options.signal !== undefined) forgetSignal(this.options.signal, this);
    this.#resolve(values[from]);
  }

  protected tail(): never {
    throw new RangeError('one call cannot be split');
  }
}

let taken: (value: unknown) => void = nothingTaken;
function nothingTaken(): void {}
/** One for all, so that a task costs no closure. */
function takeResolve(resolve: (value: unknown) => void): void {
  taken = resolve;
}

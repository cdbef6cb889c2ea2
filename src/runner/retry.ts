// Whether a task that failed is tried again, and how long the pool waits before: an option, its defaults, its check, its decision.
import { InvalidOptionError } from '../errors.ts';
import { arrayEvery, arrayIncludes } from '../task/arrays.ts';
import { randomNumber } from '../task/platform.ts';
import type { FailureKind, RetryPolicy } from '../task/submission.ts';
import { checkOptions, isDuration, isObject, isWholeNumber, takesDuration, type Checks } from './check-options.ts';

/** How long to wait before the next attempt. */
export interface Backoff {
  /** Before the second attempt, in milliseconds. Default: 100. */
  readonly initialMs?: number;
  /** How much longer before each attempt after that. Default: 2. */
  readonly factor?: number;
  /** Never longer than this. Default: 30 000. */
  readonly maxMs?: number;
  /** How much of the wait is left to chance, from 0 (none) to 1 (all of it), so that tasks which failed together do not come back together; `true` is 1. Default: 0.5. */
  readonly jitter?: number | boolean;
}

/** Whether and when a task that failed is tried again. */
export interface RetryOptions {
  /** How often a task may be tried, the first time included. Default: 3. */
  readonly attempts?: number;
  /**
   * After which failures: `error`, it threw; `timeout`, it ran for longer than `timeoutMs`; `crash`, its worker died under it.
   * Or a function that is given what the attempt was rejected with, and returns true where it is to be tried again. Default: all three.
   * What was never started is not concerned: it costs no attempt. Nor is what cannot work the next time either: an argument or result that
   * cannot cross, a function that is not there.
   */
  readonly on?: readonly FailureKind[] | ((reason: unknown) => boolean);
  readonly backoff?: Backoff;
}

const kinds: readonly unknown[] = ['error', 'timeout', 'crash'] satisfies FailureKind[];

const checks: Checks<RetryOptions> = {
  attempts: (value) => (isWholeNumber(value, 1) ? undefined : 'takes a whole number, 1 or more'),
  on: (value) =>
    typeof value === 'function' || (Array.isArray(value) && arrayEvery(value, (kind) => arrayIncludes(kinds, kind)))
      ? undefined
      : "takes an array of 'error', 'timeout' and 'crash', or a function",
  backoff: (value) => (isObject(value) ? undefined : 'takes { initialMs, factor, maxMs, jitter }'),
};

const backoffChecks: Checks<Backoff> = {
  initialMs: (value) =>
    !isDuration(value) ? takesDuration : value === Infinity ? 'takes a time that ends' : undefined,
  factor: (value) =>
    typeof value === 'number' && value >= 1 && value < Infinity ? undefined : 'takes a number, 1 or more',
  maxMs: (value) => (isDuration(value) ? undefined : takesDuration),
  jitter: (value) =>
    typeof value === 'boolean' || (typeof value === 'number' && value >= 0 && value <= 1)
      ? undefined
      : 'takes a number from 0 to 1, true or false',
};

/** Checks the option and makes the policy of it. Throws {@link InvalidOptionError}. */
export function retryPolicy(options: RetryOptions): RetryPolicy {
  const given = checkOptions('retry', checks, options);
  const backoff = checkOptions('retry.backoff', backoffChecks, given.backoff ?? {});
  if (given.on?.length === 0 && typeof given.on !== 'function')
    throw new InvalidOptionError('on', '`on` takes at least one of `error`, `timeout` and `crash`; it was given none.');
  return new Retry(Object.assign(given, { backoff }));
}

/** Chance is passed in, for tests. */
export class Retry implements RetryPolicy {
  readonly #attempts: number;
  readonly #on: readonly FailureKind[] | ((reason: unknown) => unknown) | undefined;
  readonly #initialMs: number;
  readonly #factor: number;
  readonly #maxMs: number;
  readonly #jitter: number;
  readonly #random: () => number;

  constructor({ attempts = 3, on, backoff = {} }: RetryOptions, random: () => number = randomNumber) {
    const { initialMs = 100, factor = 2, maxMs = 30_000, jitter = 0.5 } = backoff;
    this.#attempts = attempts;
    this.#on = on;
    this.#initialMs = initialMs;
    this.#factor = factor;
    this.#maxMs = maxMs;
    this.#jitter = Number(jitter);
    this.#random = random;
  }

  delayMs(attempt: number, kind: FailureKind, reason: unknown): number | undefined {
    if (attempt >= this.#attempts || !this.#isFor(kind, reason)) return undefined;
    // After so many attempts the factor is infinite, and no wait times that is none.
    const wished = this.#initialMs === 0 ? 0 : this.#initialMs * this.#factor ** (attempt - 1);
    const longest = Math.min(this.#maxMs, wished);
    return longest * (1 - this.#jitter * this.#random());
  }

  #isFor(kind: FailureKind, reason: unknown): boolean {
    const on = this.#on;
    if (on === undefined) return true;
    // A promise that a careless function returns is no answer.
    return typeof on === 'function' ? on(reason) === true : arrayIncludes(on, kind);
  }
}

// Attempts that failed: whether there is another, and where it runs. Whether and when is the policy's to say (runner/retry.ts);
// one whose worker died under it, nobody knows why, is a suspect and runs in quarantine.
import { NotSerializableError } from '../errors.ts';
import { isA } from '../task/foreign.ts';
import { failed } from '../task/outcome.ts';
import { performance } from '../task/platform.ts';
import type { FailureKind, Submission } from '../task/submission.ts';
import type { Accounts } from './accounts.ts';
import type { Deadlines } from './deadlines.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Quarantine } from './quarantine.ts';

export class Retrying {
  /** How many attempts there were beyond the first of each task. */
  retried = 0;
  readonly #accounts: Accounts;
  readonly #deadlines: Deadlines;
  readonly #dispatcher: Dispatcher;
  readonly #quarantine: Quarantine;

  constructor(accounts: Accounts, deadlines: Deadlines, dispatcher: Dispatcher, quarantine: Quarantine) {
    this.#accounts = accounts;
    this.#deadlines = deadlines;
    this.#dispatcher = dispatcher;
    this.#quarantine = quarantine;
  }

  /** An attempt that had started has failed. Settles the task, or lets it wait for its next attempt. */
  attemptFailed(submission: Submission, at: number, kind: FailureKind, reason: unknown, isSuspect = false): void {
    let delayMs: number | undefined;
    try {
      // What cannot cross will not the next time.
      const mayRunAgain = submission.mayRunAgain && !this.#accounts.sources.isSpent(submission);
      if (!isA(reason, NotSerializableError) && mayRunAgain) delayMs = delayOf(submission, kind, reason);
    } catch (error) {
      // The user's own function threw, and that is what must be told.
      this.#accounts.settle(submission, at, failed(error));
      return;
    }
    if (delayMs === undefined) {
      this.#accounts.settle(submission, at, failed(reason));
      return;
    }
    // The policy is the user's, and may have cancelled the task, or ended the pool.
    const { cancelled } = submission;
    const stopped = cancelled?.isTimeout === false ? cancelled : this.#accounts.terminated;
    if (stopped !== undefined) {
      this.#accounts.settle(submission, at, failed(stopped.reason));
      return;
    }
    this.retried++;
    submission.attempt++;
    submission.cancelled = undefined;
    if (isSuspect || submission.mishaps !== undefined)
      submission.mishaps = { deathsAtLoad: submission.mishaps?.deathsAtLoad ?? 0, isSuspect };
    submission.run = -1;
    submission.state = 'backingOff';
    this.#deadlines.set(submission, performance.now() + delayMs);
  }

  /** It has waited long enough. */
  tryAgain(submission: Submission): void {
    if (submission.mishaps?.isSuspect === true) this.#quarantine.admit(submission);
    else this.#dispatcher.push(submission);
  }

  /** A worker had it and has not started it, so it waits again, as if nothing had been. */
  putBack(submission: Submission): void {
    if (submission.mishaps?.isSuspect === true) this.#quarantine.putBack(submission);
    else this.#dispatcher.putBack(submission);
  }

  /** Takes out all that wait for their next attempt, to be settled. */
  drain(): Submission[] {
    const all = [...this];
    for (const submission of all) submission.state = 'settled';
    return all;
  }

  /** Tasks that wait for their next attempt. */
  *[Symbol.iterator](): Generator<Submission> {
    for (const { submission } of this.#deadlines) if (submission.state === 'backingOff') yield submission;
  }
}

/** The policy may be the user's, and runs in the context of the call. */
function delayOf({ attempt, options }: Submission, kind: FailureKind, reason: unknown): number | undefined {
  const { retry, scope } = options;
  if (scope === undefined) return retry?.delayMs(attempt, kind, reason);
  return scope(() => retry?.delayMs(attempt, kind, reason));
}

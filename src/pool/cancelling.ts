// Tasks that are to end before they have: because somebody wants that, or because their time is up. One that waits never runs;
// one that runs is told, and has the grace to end by itself. Then its worker is ended for it.
import { TaskTimeoutError } from '../errors.ts';
import { arrayFind } from '../task/arrays.ts';
import { failed, type Outcome } from '../task/outcome.ts';
import { performance } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import { machineNow } from '../wire/machine-clock.ts';
import type { Accounts } from './accounts.ts';
import type { Deadlines } from './deadlines.ts';
import type { Decoding } from './decoding.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { InFlight } from './in-flight.ts';
import type { PoolSettings } from './options.ts';
import type { Retrying } from './retrying.ts';
import type { WorkerHost } from './worker-host.ts';
import type { Workers } from './workers.ts';

/** A task that has not begun is looked at again no sooner. */
const shortestLookMs = 1;
/** A worker that was asked for a task has answered by then, if it ever does. */
const surelyAnsweredMs = 3_000;
/** Until then it is looked so often whether the task has begun. */
const unbegunLookMs = 20;

export class Cancelling {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  readonly #accounts: Accounts;
  readonly #deadlines: Deadlines;
  readonly #dispatcher: Dispatcher;
  readonly #retrying: Retrying;
  readonly #decoding: Decoding;

  constructor(
    settings: PoolSettings,
    workers: Workers,
    accounts: Accounts,
    deadlines: Deadlines,
    dispatcher: Dispatcher,
    retrying: Retrying,
    decoding: Decoding,
  ) {
    this.#settings = settings;
    this.#workers = workers;
    this.#accounts = accounts;
    this.#deadlines = deadlines;
    this.#dispatcher = dispatcher;
    this.#retrying = retrying;
    this.#decoding = decoding;
  }

  cancel(submission: Submission, reason: unknown): void {
    switch (submission.state) {
      case 'queued':
        this.#dispatcher.forget(submission);
        this.#accounts.settleAll(submission, failed(reason));
        break;
      case 'moving':
        submission.cancelled = { reason, isTimeout: false };
        break;
      case 'backingOff':
      case 'quarantined':
        this.#accounts.settleAll(submission, failed(reason));
        break;
      case 'inFlight':
        this.#tell(submission, reason, false);
        break;
      case 'cancelling':
        // It was told already, for its time was up; but it must not be tried again.
        if (submission.cancelled?.isTimeout === true)
          submission.cancelled = { ...submission.cancelled, reason, isTimeout: false };
        break;
      case 'new':
      case 'settled':
        break;
    }
  }

  /** A running task of those that were told to end has. What it came to, where that is known, does not count any more. */
  ended(submission: Submission, at: number, outcome?: Outcome): void {
    if (outcome !== undefined) submission.endedUnheard(at, outcome);
    const { reason, isTimeout } = submission.cancelled ?? { reason: undefined, isTimeout: false };
    if (isTimeout) this.#retrying.attemptFailed(submission, at, 'timeout', reason);
    else this.#accounts.settle(submission, at, failed(reason));
  }

  /** What was told to end has never started. */
  neverStarted(submission: Submission): void {
    const { reason, isTimeout } = submission.cancelled ?? { reason: undefined, isTimeout: false };
    if (!isTimeout) {
      this.#accounts.settleAll(submission, failed(reason));
      return;
    }
    submission.cancelled = undefined;
    this.#retrying.putBack(submission);
  }

  /** Its time is up: to wait in the queue, to run, or to end. */
  due(submission: Submission): void {
    if (submission.state === 'queued' || submission.state === 'quarantined') this.#waitedTooLong(submission);
    else if (submission.state === 'inFlight') this.#lookInFlight(submission);
    else if (submission.state === 'cancelling') this.#overdue(submission);
  }

  #tell(submission: Submission, reason: unknown, isTimeout: boolean): void {
    const host = this.#hostOf(submission);
    if (host?.tasks.takeBack(submission) === true) {
      this.#accounts.settleAll(submission, failed(reason));
      return;
    }
    const toldAt = performance.now();
    submission.cancelled = { reason, isTimeout, toldAt };
    if (host === undefined) {
      // It has ended already, only that nobody could read yet how; or its worker is gone, and it is about to be put back and settled there.
      for (const [of, at] of this.#decoding.take(submission)) this.ended(of, at);
      return;
    }
    // Before it is told, for what it has not started may come back at once.
    this.#deadlines.set(submission, toldAt + this.#settings.graceMs);
    host.tasks.cancel(submission, reason);
  }

  #waitedTooLong(submission: Submission): void {
    this.cancel(submission, waitedTooLong(submission));
  }

  /** Its worker has not started it, because it came too late for that. */
  cameTooLate(submission: Submission): void {
    this.#accounts.settleAll(submission, failed(submission.cancelled?.reason ?? waitedTooLong(submission)));
  }

  /** It was given to its worker so long ago. But its time to run began when it was started, and until then it waits. */
  #lookInFlight(submission: Submission): void {
    const { timeoutMs = Infinity } = submission.options;
    const tasks = this.#hostOf(submission)?.tasks;
    const begunAt = tasks?.begunAt(submission);
    if (tasks !== undefined && begunAt === undefined) {
      this.#lookAtStart(submission, tasks);
      return;
    }
    const leftMs = begunAt === undefined ? timeoutMs : begunAt + timeoutMs - machineNow();
    if (leftMs > 0) this.#deadlines.set(submission, performance.now() + leftMs);
    else this.#tell(submission, ranTooLong(submission), true);
  }

  /** It has not begun. Its worker may be held, or stopped, and is not waited for: it does not start the task after that time. */
  #lookAtStart(submission: Submission, tasks: InFlight): void {
    const { timeoutMs = Infinity } = submission.options;
    const leftMs = tasks.startBy(submission) - machineNow();
    // What is given and not sent yet may begin when it is.
    if (leftMs > 0 || submission.run < 0) {
      this.#deadlines.set(submission, performance.now() + Math.max(shortestLookMs, Math.min(leftMs, timeoutMs)));
      return;
    }
    // Once more, after that time is over: what is seen to have begun now has begun in time.
    if (tasks.begunAt(submission) !== undefined) {
      this.#lookInFlight(submission);
      return;
    }
    tasks.giveUp(submission);
    this.#accounts.settleAll(submission, failed(waitedTooLong(submission)));
    this.#dispatcher.plan();
  }

  /**
   * It has ended, after it ran for so long by the clock of its worker. That decides whether it ended in time, and not when its outcome was read: this loop may
   * have been held meanwhile, and has told it to end too late, or although it had ended.
   */
  judge(submission: Submission, ranMs: number, wasTold: boolean): void {
    const { timeoutMs = Infinity } = submission.options;
    if (ranMs > timeoutMs) submission.cancelled ??= { reason: ranTooLong(submission), isTimeout: true };
    // A task that had been told to end did so for that reason, even if the two clocks differ by a little.
    else if (submission.cancelled?.isTimeout === true && !wasTold) submission.cancelled = undefined;
  }

  /** It was told to end and did not. Its worker is ended for it; inline there is none to end. */
  #overdue(submission: Submission): void {
    const host = this.#hostOf(submission);
    if (host === undefined) return;
    const { graceMs, kind } = this.#settings;
    if (kind !== 'inline') {
      if (this.#mayComeBack(submission, host)) return;
      const { id } = submission;
      host.endBecause(new Error(`task ${id} had not ended ${graceMs} ms after it was told to`), id);
      return;
    }
    for (const at of host.tasks.abandon(submission)) this.ended(submission, at);
    this.#dispatcher.plan();
  }

  /**
   * It has not begun, and its worker has not answered the question for it, because its lifeline is still coming up, or the machine is busy: others that it runs are not to
   * suffer for that. True where it is looked at again.
   */
  #mayComeBack(submission: Submission, host: WorkerHost): boolean {
    const now = performance.now();
    const toldAt = submission.cancelled?.toldAt ?? -Infinity;
    if (now - toldAt >= surelyAnsweredMs || host.tasks.begunAt(submission) !== undefined) return false;
    this.#deadlines.set(submission, now + Math.min(this.#settings.graceMs, unbegunLookMs));
    return true;
  }

  #hostOf(submission: Submission): WorkerHost | undefined {
    return arrayFind(this.#workers.all, (host) => host.tasks.holds(submission));
  }
}

function waitedTooLong({
  id: taskId,
  attempt,
  fn,
  options: { queueTimeoutMs: timeoutMs = 0 },
}: Submission): TaskTimeoutError {
  return new TaskTimeoutError(
    `Task ${taskId} (\`${fn.name}\`) waited for ${timeoutMs} ms and no worker had room for it.`,
    {
      taskId,
      attempt,
      timeoutMs,
      phase: 'queued',
    },
  );
}

function ranTooLong({ id: taskId, attempt, fn, options: { timeoutMs = 0 } }: Submission): TaskTimeoutError {
  return new TaskTimeoutError(`Task ${taskId} (\`${fn.name}\`) ran for longer than ${timeoutMs} ms.`, {
    taskId,
    attempt,
    timeoutMs,
    phase: 'running',
  });
}

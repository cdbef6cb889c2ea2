// What becomes of the tasks of a worker that is gone. What it had not started runs elsewhere, as if nothing had been; what it
// had started has failed, or is tried again.
import { NestedPoolError } from '../errors.ts';
import { arrayMap, arrayToReversed } from '../task/arrays.ts';
import { isA, read } from '../task/foreign.ts';
import { failed } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { WorkerExit } from '../transport/transport.ts';
import { unreadableCode } from '../wire/messages.ts';
import type { Accounts } from './accounts.ts';
import type { Cancelling } from './cancelling.ts';
import type { Decoding } from './decoding.ts';
import { crashError, deathAtLoad, startError } from './death.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { PoolSettings } from './options.ts';
import { PinnedCall } from './pinned-call.ts';
import type { Retrying } from './retrying.ts';
import type { WorkerHost } from './worker-host.ts';
import type { Workers } from './workers.ts';

/** Workers may die while they load a module, killed by whoever. This often it is taken for the module's doing: where nothing else was running, and where something was that may have done it. */
const deathsForgiven = 3;
const deathsForgivenInCompany = 12;

export class Aftermath {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  readonly #accounts: Accounts;
  readonly #dispatcher: Dispatcher;
  readonly #cancelling: Cancelling;
  readonly #retrying: Retrying;
  readonly #decoding: Decoding;
  /** Functions whose module has loaded in a worker that is gone: it is hardly to blame for deaths. */
  readonly #proven = new Set<FunctionReference>();

  constructor(
    settings: PoolSettings,
    workers: Workers,
    accounts: Accounts,
    dispatcher: Dispatcher,
    cancelling: Cancelling,
    retrying: Retrying,
    decoding: Decoding,
  ) {
    this.#decoding = decoding;
    this.#settings = settings;
    this.#workers = workers;
    this.#accounts = accounts;
    this.#dispatcher = dispatcher;
    this.#cancelling = cancelling;
    this.#retrying = retrying;
  }

  gone(host: WorkerHost, exit: WorkerExit): void {
    const { started, unstarted } = host.tasks.takeUnsettled();
    for (const fn of host.tasks.functions.loaded()) this.#proven.add(fn);
    const pinned = this.#dispatcher.unpin(host);
    let successor: WorkerHost | undefined;
    const repin = (task: Submission): void => {
      // A broadcast counts for the worker that takes the dead one's place, which is one for all of them.
      if ((!host.wasReady && !host.wasInterrupted) || this.#workers.refusal !== undefined) {
        const error = this.#workers.refusal ?? startError(host, this.#settings.kind, exit);
        this.#accounts.settleAll(task, failed(error));
      } else this.#dispatcher.pin(task, (successor ??= this.#workers.startOne()));
    };
    // The unstarted first: what the failure of the others leads to may be that these are cancelled.
    const forgiven = started.length === 0 ? deathsForgiven : deathsForgivenInCompany;
    for (const submission of arrayToReversed(unstarted)) this.#moveOn(submission, host, exit, forgiven, repin);
    for (const task of arrayToReversed(pinned)) {
      if (task.cancelled !== undefined) this.#cancelling.neverStarted(task);
      else if (task instanceof PinnedCall) repin(task);
      else this.#retrying.putBack(task);
    }
    const ids = arrayMap(started, ([{ id }, at]) => id + at);
    // Where the pool ended it for one of them, it is known that the others are innocent.
    const isSuspect = host.ended?.taskId === undefined;
    for (const [submission, at] of started) {
      if (submission.cancelled !== undefined) this.#cancelling.ended(submission, at);
      else {
        const crash = crashError(host, this.#settings.kind, exit, ids);
        this.#decoding.after([submission, at], () =>
          this.#retrying.attemptFailed(submission, at, 'crash', crash, isSuspect),
        );
      }
    }
  }

  /** Tasks that a dead worker had and never started. */
  #moveOn(
    submission: Submission,
    host: WorkerHost,
    exit: WorkerExit,
    forgiven: number,
    repin: (task: Submission) => void,
  ): void {
    if (submission.cancelled !== undefined) this.#cancelling.neverStarted(submission);
    else if (this.#diesAtLoad(submission, host, forgiven)) {
      const error = deathAtLoad(host, this.#settings.kind, exit, submission.fn.url);
      this.#accounts.settleAll(submission, failed(error));
      // The others that wait for it would only kill more.
      this.#dispatcher.failLane(submission.fn, error);
    } else if (submission instanceof PinnedCall) repin(submission);
    else this.#retrying.putBack(submission);
  }

  /** True where it must be the module of the task that kills its workers: or they would be replaced for ever. */
  #diesAtLoad(submission: Submission, host: WorkerHost, forgiven: number): boolean {
    if (host.wasStopped) return false;
    if (host.hungAtLoad === submission.fn) return true;
    // One that could not read what it was sent may have died of this very task, however often it has run before.
    const isUnread = read(host.lastWords?.reason, 'code') === unreadableCode;
    if (!host.wasReady || (!isUnread && host.tasks.functions.hasLoaded(submission.fn))) return false;
    const most = !isUnread && this.#proven.has(submission.fn) ? deathsForgivenInCompany : forgiven;
    const mishaps = (submission.mishaps ??= { deathsAtLoad: 0, isSuspect: false });
    return ++mishaps.deathsAtLoad >= most || isA(host.lastWords?.reason, NestedPoolError);
  }
}

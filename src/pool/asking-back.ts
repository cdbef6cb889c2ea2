// Asks a worker for the tasks that it was given and has not started, and takes in what it answers. A worker thread and the
// lifeline of a worker process answer at once, also where the loop of the worker is blocked.
import { PolyloopBugError } from '../errors.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link } from '../transport/transport.ts';
import type { HostFunction, SentRun, SentRuns } from './sent-run.ts';

export interface AskingBackEvents {
  /** Takes the tasks of a run out of the table, from this place on. */
  take(run: SentRun, from: number): Submission[];
  /** Tasks that were given and that the worker has not started are to be given to another. */
  onGivenBack(submissions: readonly Submission[]): void;
  /** A task has failed, because it is given up that its function loads. */
  onNotLoaded(submission: Submission, at: number, reason: unknown): void;
}

export class AskingBack {
  readonly #workerId: number;
  readonly #link: Link;
  readonly #runs: SentRuns;
  readonly #events: AskingBackEvents;

  constructor(workerId: number, link: Link, runs: SentRuns, events: AskingBackEvents) {
    this.#workerId = workerId;
    this.#link = link;
    this.#runs = runs;
    this.#events = events;
  }

  /** Asks for what waits for a loop that is silent, but for functions that it loads where it still may. */
  unstarted(mayLoad: boolean): void {
    for (const run of this.#runs) {
      if (run.state === 'silent' && run.mayMove && !(mayLoad && run.of.isLoading)) this.ask(run);
    }
  }

  /** Asks for what has waited since before `since` for a module that is loaded elsewhere, whether the module holds the loop while it loads or not. */
  loading(since: number, isElsewhere: (fn: FunctionReference) => boolean): void {
    for (const run of this.#runs) {
      const { mayMove, state, of } = run;
      const isWaiting = state === 'silent' || state === 'waiting';
      if (mayMove && isWaiting && of.isLoading && of.loadingSince < since && isElsewhere(of.fn)) this.ask(run);
    }
  }

  ask(run: SentRun): void {
    if (run.asking !== 'not yet') return;
    run.asking = 'asked';
    this.#link.askBack(run);
  }

  /** Gives up that a function loads: its tasks, none of which has started, fail with the reason as they come back. */
  failLoading(of: HostFunction, reason: unknown): void {
    of.loadingSince = Infinity;
    of.loadFailure = reason;
    for (const run of this.#runs) {
      if (run.of !== of) continue;
      if (run.asking === 'answered') this.#forsake(run);
      else this.ask(run);
    }
  }

  /** The worker will start nothing of a run from this place on. */
  hear(number: number, from: number): void {
    const run = this.#runs.named(number);
    if (run.asking !== 'asked')
      throw new PolyloopBugError(`worker ${this.#workerId} gave back run ${number}, for which it was not asked`);
    run.asking = 'answered';
    const { loadFailure, hasLoaded } = run.of;
    const taken = this.#events.take(run, from);
    const isNotLoaded = loadFailure !== undefined && !hasLoaded;
    if (isNotLoaded) this.#forsake(run);
    this.#runs.closeIfOver(run);
    if (!isNotLoaded) {
      this.#events.onGivenBack(taken);
      return;
    }
    for (const submission of taken)
      for (let at = 0; at < submission.count; at++) this.#events.onNotLoaded(submission, at, loadFailure);
  }

  /** Nobody waits for its module any more: the worker may be given tasks of the function again. */
  #forsake(run: SentRun): void {
    if (run.state !== 'over') this.#runs.report(run, 'forsaken');
  }
}

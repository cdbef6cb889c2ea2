// Tasks that were running when their worker died, and that may be tried again. One of them may have killed it, and would kill
// the next one together with whatever runs beside it. So each runs alone, one after the other, in a worker that has nothing
// else to do: the culprit is found exactly, the innocent end, and the rest of the pool goes on.
//
// It is not the fastest way: a task that takes long holds up the suspects behind it.
import type { WorkerStartError } from '../errors.ts';
import { Fifo } from '../runner/fifo.ts';
import { arrayFilter } from '../task/arrays.ts';
import type { Submission } from '../task/submission.ts';
import type { Deadlines } from './deadlines.ts';
import { queueClock } from './meters.ts';
import type { Rate } from './rate.ts';
import type { Workers } from './workers.ts';

export class Quarantine {
  readonly #workers: Workers;
  readonly #deadlines: Deadlines;
  readonly #rate: Rate | undefined;
  /** Suspects wait and no worker can be started for them: nothing else may ever happen that would be a reason to look again. */
  readonly #onHopeless: (refusal: WorkerStartError) => void;
  /** What was cancelled meanwhile is still in it. */
  readonly #line = new Fifo<Submission>();

  constructor(
    workers: Workers,
    deadlines: Deadlines,
    rate: Rate | undefined,
    onHopeless: (refusal: WorkerStartError) => void,
  ) {
    this.#rate = rate;
    this.#workers = workers;
    this.#deadlines = deadlines;
    this.#onHopeless = onHopeless;
  }

  *[Symbol.iterator](): Generator<Submission> {
    for (const submission of this.#line) if (submission.state === 'quarantined') yield submission;
  }

  admit(submission: Submission): void {
    submission.state = 'quarantined';
    submission.queuedAt = queueClock();
    this.#deadlines.queued(submission);
    this.#line.push(submission);
    this.step();
  }

  /** A suspect that its worker had and never started is next again. */
  putBack(submission: Submission): void {
    submission.state = 'quarantined';
    this.#deadlines.queuedAgain(submission);
    this.#line.unshift(submission);
    this.step();
  }

  /** Takes out all that wait, to be settled. */
  drain(): Submission[] {
    const all = arrayFilter(this.#line.drain(), ({ state }) => state === 'quarantined');
    // What the settling of one leads to may be that others are cancelled; they must not seem to wait here still.
    for (const submission of all) submission.state = 'settled';
    return all;
  }

  /** Gives the next suspect to the worker, where that is free; starts it for the first, and lets it go after the last. To be called when anything has changed. */
  step(): void {
    const host = this.#workers.quarantine;
    if (host === undefined) {
      if (this.#head() === undefined) return;
      const { refusal } = this.#workers;
      if (refusal === undefined) this.#workers.startQuarantine();
      else this.#onHopeless(refusal);
      return;
    }
    while (host.isOpen && host.tasks.size === 0) {
      const next = this.#head();
      if (next === undefined) {
        host.stop();
        return;
      }
      if (this.#rate?.mayStart(1) === 0 || this.#rate?.mayBegin(host, next.fn) === false) return;
      this.#rate?.gave(host, next);
      this.#line.shift();
      this.#deadlines.givenAndWaits(next);
      host.tasks.give(next);
      host.tasks.flush();
    }
  }

  #head(): Submission | undefined {
    let next = this.#line.peek();
    while (next !== undefined && next.state !== 'quarantined') {
      this.#line.shift();
      next = this.#line.peek();
    }
    return next;
  }
}

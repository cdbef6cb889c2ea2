// What running tasks say before they end: values that they yield to a reader, and reports. Both are told in order, and the
// worker is told how much of it was taken, so that neither end gathers more than a little.
import { PolyloopBugError } from '../errors.ts';
import { arrayEntries } from '../task/arrays.ts';
import type { Submission } from '../task/submission.ts';
import type { Link } from '../transport/transport.ts';
import { PLAIN, type Form, type Said } from '../wire/messages.ts';
import type { TaskOf } from './begun.ts';
import { abandoned, type SentRuns } from './sent-run.ts';

export interface SpeechEvents {
  /** A task has yielded or reported a value, still encoded as `form` says; or `error` is what kept it from being decoded. */
  onSaid(task: TaskOf, said: Said, form: Form, body: unknown, error: unknown): void;
}

export class Speech {
  readonly #workerId: number;
  readonly #link: Link;
  readonly #runs: SentRuns;
  readonly #events: SpeechEvents;

  constructor(workerId: number, link: Link, runs: SentRuns, events: SpeechEvents) {
    this.#workerId = workerId;
    this.#link = link;
    this.#runs = runs;
    this.#events = events;
  }

  hear(said: Said): void {
    const { run: number, place, how, forms, payload = [], payloadError } = said;
    const run = this.#runs.named(number);
    const submission = run.submissions[place];
    if (submission === undefined || !run.speaks)
      throw new PolyloopBugError(
        `worker ${this.#workerId} told of place ${place} of a run, which has no task that speaks`,
      );
    if (submission === abandoned) return;
    const task: TaskOf = [submission, place - submission.place];
    if (payloadError !== undefined) this.#events.onSaid(task, said, PLAIN, undefined, payloadError);
    else
      for (const [at, body] of arrayEntries(payload))
        this.#events.onSaid(task, said, forms?.[at] ?? PLAIN, body, undefined);
    // Reports are heard at once; of what is yielded its reader says when it is taken.
    if (how === 'report') this.#link.send([{ type: 'more', run: number, place, count: payload.length, of: how }]);
  }

  /** The reader of a stream has taken so many values. */
  more({ run, place }: Submission, count: number): void {
    this.#link.send([{ type: 'more', run, place, count, of: 'yield' }]);
  }
}

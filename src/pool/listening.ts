// Hears what tasks say while they run, and hands it to whoever reads or listens.
import { failed, type Outcome } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import type { Form, Said } from '../wire/messages.ts';
import type { TaskOf } from './begun.ts';
import { notDecoded, type Decoding } from './decoding.ts';

export class Listening {
  readonly #decoding: Decoding;
  readonly #cancel: (submission: Submission, reason: unknown) => void;

  constructor(decoding: Decoding, cancel: (submission: Submission, reason: unknown) => void) {
    this.#decoding = decoding;
    this.#cancel = cancel;
  }

  hear(task: TaskOf, { how, isFailure, waits }: Said, form: Form, body: unknown, error: unknown): void {
    const [submission, at] = task;
    const { attempt } = submission;
    // It was told to end, and what it says meanwhile does not count.
    if (submission.cancelled !== undefined) return;
    const tell = (value: Outcome): void => {
      if (submission.state === 'settled' || submission.attempt !== attempt) return;
      if (how === 'yield') submission.yielded(value, waits === true);
      else this.#report(submission, at, value);
    };
    if (error !== undefined) tell(failed(notDecoded(how === 'yield' ? 'yielded' : 'report', error)));
    else
      this.#decoding.said(task, form, body, (value) =>
        tell(isFailure === true && value.ok ? failed(value.value) : value),
      );
  }

  /** What the listener throws ends the task; nobody else could be told of it. */
  #report(submission: Submission, at: number, report: Outcome): void {
    const { id, attempt, options } = submission;
    try {
      if (!report.ok) throw report.error;
      const { onReport, scope } = options;
      const reporter = { taskId: id + at, attempt };
      if (scope === undefined) onReport?.(report.value, reporter);
      else scope(() => onReport?.(report.value, reporter));
    } catch (error) {
      this.#cancel(submission, error);
    }
  }
}

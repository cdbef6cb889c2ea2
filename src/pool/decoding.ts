// Outcomes as workers sent them, made into what their tasks came to. Most are at once; one that holds an instance of a class
// which nobody has loaded here waits for its module. The worker is done with the task by then, so it is kept here meanwhile.
import { NotSerializableError } from '../errors.ts';
import { failed, fulfilled, messageOf, type Outcome } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import { FULFILLED, NOT_LOADED, PACKED } from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import type { TaskOf } from './begun.ts';

/** Called with how a task has ended. `isLoadFailure`: its function could not be found, so it never started. */
type OnOutcome = (outcome: Outcome, isLoadFailure: boolean) => void;

export class Decoding {
  readonly #loadTimeoutMs: number;
  readonly #waiting = new Set<TaskOf>();

  constructor(loadTimeoutMs: number) {
    this.#loadTimeoutMs = loadTimeoutMs;
  }

  decode(task: TaskOf, kind: number, body: unknown, payloadError: unknown, then: OnOutcome): void {
    const code = kind >> 1;
    const isLoadFailure = code === NOT_LOADED;
    if (payloadError !== undefined) {
      const why = messageOf(payloadError);
      then(
        failed(new NotSerializableError('result', `decoding failed (${why})`, { cause: payloadError })),
        isLoadFailure,
      );
      return;
    }
    if (kind % 2 !== PACKED) {
      then(code === FULFILLED ? fulfilled(body) : failed(body), isLoadFailure);
      return;
    }
    this.#waiting.add(task);
    const tell = (outcome: Outcome): void => {
      if (this.#waiting.delete(task)) then(outcome, isLoadFailure);
    };
    whenUnpacked(
      body,
      'result',
      (value) => tell(code === FULFILLED ? fulfilled(value) : failed(value)),
      (error) => tell(failed(error)),
      (url) => this.#load(url),
    );
  }

  /** Takes out the tasks of a submission that wait, which come to nothing then; all tasks, where none is named. */
  take(submission?: Submission): TaskOf[] {
    const taken = [...this.#waiting].filter(([of]) => submission === undefined || of === submission);
    for (const task of taken) this.#waiting.delete(task);
    return taken;
  }

  async #load(url: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const timeoutMs = this.#loadTimeoutMs;
      if (timeoutMs === Infinity) return;
      timer = setTimeout(() => reject(new Error(`${url} had not loaded after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([import(url), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

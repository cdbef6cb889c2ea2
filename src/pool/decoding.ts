// Outcomes as workers sent them, made into what their tasks came to. Most are at once; one that holds an instance of a class
// which nobody has loaded here waits for its module. The worker is done with the task by then, so it is kept here meanwhile.
import { NotSerializableError } from '../errors.ts';
import { contextOf } from '../runner/call-context.ts';
import { arrayFilter, arrayShift } from '../task/arrays.ts';
import { failed, fulfilled, messageOf, type Outcome } from '../task/outcome.ts';
import type { Submission } from '../task/submission.ts';
import { FULFILLED, NOT_LOADED, PACKED, type Form } from '../wire/messages.ts';
import type { ModuleLoader } from '../wire/module-loader.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import type { TaskOf } from './begun.ts';

/** Called with how a task has ended. `isLoadFailure`: its function could not be found, so it never started. */
type OnOutcome = (outcome: Outcome, isLoadFailure: boolean) => void;

export class Decoding {
  readonly #modules: ModuleLoader;
  readonly #waiting = new Set<TaskOf>();
  /** Of tasks that have said something which waits for its module: what they said or came to after that, in order. Each tells whether it waits as well. */
  readonly #behind = new Map<Submission, (() => boolean)[]>();

  constructor(modules: ModuleLoader) {
    this.#modules = modules;
  }

  /** What a task says while it runs. Told in order, and before what the task comes to. */
  said([submission]: TaskOf, form: Form, body: unknown, tell: (value: Outcome) => void): void {
    this.#inOrder(submission, () => this.#hear(submission, form, body, tell));
  }

  #inOrder(submission: Submission, next: () => boolean): void {
    const behind = this.#behind.get(submission);
    if (behind !== undefined) behind[behind.length] = next;
    else if (next()) this.#behind.set(submission, []);
  }

  /** True where it waits. */
  #hear(submission: Submission, form: Form, body: unknown, tell: (value: Outcome) => void): boolean {
    if (form !== PACKED) {
      tell(fulfilled(body));
      return false;
    }
    const life: { state: 'new' | 'waiting' | 'told' } = { state: 'new' };
    const told = (value: Outcome): void => {
      const hasWaited = life.state === 'waiting';
      life.state = 'told';
      tell(value);
      if (hasWaited) this.#goOn(submission);
    };
    const onValue = (value: unknown): void => told(fulfilled(value));
    const onError = (error: unknown): void => told(failed(error));
    // `static [fromWire]` is the caller's.
    contextOf(submission)(() => whenUnpacked(body, 'value', this.#modules, onValue, onError));
    if (life.state === 'told') return false;
    life.state = 'waiting';
    return true;
  }

  #goOn(submission: Submission): void {
    const behind = this.#behind.get(submission);
    if (behind !== undefined)
      for (let next = arrayShift(behind); next !== undefined; next = arrayShift(behind)) if (next()) return;
    this.#behind.delete(submission);
  }

  decode(task: TaskOf, kind: number, body: unknown, payloadError: unknown, then: OnOutcome): void {
    this.after(task, () => this.#decode(task, kind, body, payloadError, then));
  }

  /** Calls back when all that a task has said is told, for it has come to something else. */
  after(task: TaskOf, then: () => void): void {
    if (!this.#behind.has(task[0])) {
      then();
      return;
    }
    this.#waiting.add(task);
    this.#inOrder(task[0], () => {
      if (this.#waiting.delete(task)) then();
      return false;
    });
  }

  #decode(task: TaskOf, kind: number, body: unknown, payloadError: unknown, then: OnOutcome): void {
    const code = kind >> 1;
    const isLoadFailure = code === NOT_LOADED;
    if (payloadError !== undefined) {
      then(failed(notDecoded('result', payloadError)), isLoadFailure);
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
    contextOf(task[0])(() =>
      whenUnpacked(
        body,
        'result',
        this.#modules,
        (value) => tell(code === FULFILLED ? fulfilled(value) : failed(value)),
        (error) => tell(failed(error)),
      ),
    );
  }

  /** Takes out the tasks of a submission that wait, which come to nothing then; all tasks, where none is named. */
  take(submission?: Submission): TaskOf[] {
    const taken = arrayFilter([...this.#waiting], ([of]) => submission === undefined || of === submission);
    for (const task of taken) this.#waiting.delete(task);
    return taken;
  }
}

export function notDecoded(what: string, cause: unknown): NotSerializableError {
  return new NotSerializableError(what, `decoding failed (${messageOf(cause)})`, { cause });
}

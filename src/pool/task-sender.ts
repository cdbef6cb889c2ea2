// Turns tasks into messages for one worker: as few as can be, and so that one task which cannot cross harms no other.
import { NotSerializableError } from '../errors.ts';
import { messageOf } from '../task/outcome.ts';
import type { Task } from '../task/task.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link } from '../transport/transport.ts';
import { PACKED, PLAIN, type Form, type Run, type ToWorker } from '../wire/messages.ts';
import { pack } from '../wire/pack.ts';
import { isPlain } from '../wire/values.ts';

export type Refused = [task: Task, reason: NotSerializableError];

export class TaskSender {
  readonly #link: Link;
  readonly #functions = new Map<FunctionReference, number>();
  #lastMessage = 0;
  /** Messages whose tasks the worker has not begun to start. */
  readonly #unstarted: { readonly message: number; readonly fn: number }[] = [];
  /** Functions of which tasks have begun. */
  readonly #loaded = new Set<number>();

  constructor(link: Link) {
    this.#link = link;
  }

  /** Sends tasks, those of one function as one message. Returns those that cannot be encoded. */
  send(tasks: readonly Task[]): Refused[] {
    const refused: Refused[] = [];
    const batch: ToWorker[] = [];
    let run: Run | undefined;
    let fn: FunctionReference | undefined;
    for (const task of tasks) {
      let form = PLAIN;
      let args: unknown = task.args;
      if (task.options.transfer !== undefined || !isPlain(args)) {
        const { transfer } = task.options;
        try {
          const encoded = pack(args, 'args', { whole: true, moved: transfer, sharesMemory: this.#link.sharesMemory });
          if (encoded.apart) {
            this.#sendBatch(batch.splice(0), tasks, refused);
            run = undefined;
            this.#sendAlone(task, encoded.isPacked ? PACKED : PLAIN, encoded.body, refused);
            continue;
          }
          form = encoded.isPacked ? PACKED : PLAIN;
          args = encoded.body;
        } catch (error) {
          refused.push([task, refusal(error)]);
          continue;
        }
      }
      if (run === undefined || fn !== task.fn || run.attempt !== task.attempt) {
        run = this.#newRun(task);
        fn = task.fn;
        batch.push(run);
      }
      addCall(run, task, form, args);
    }
    this.#sendBatch(batch, tasks, refused);
    return refused;
  }

  /** The worker has begun to start the tasks of this message. */
  begun(message: number): void {
    const run = this.forget(message);
    if (run !== undefined) this.#loaded.add(run.fn);
  }

  /** The worker never got this message, or refused all of it. */
  forget(message: number): { readonly fn: number } | undefined {
    const at = this.#unstarted.findIndex((run) => run.message === message);
    return at < 0 ? undefined : this.#unstarted.splice(at, 1)[0];
  }

  /** True where no task of this message can have had an effect. */
  isUnstarted(message: number): boolean {
    return this.#unstarted.some((run) => run.message === message);
  }

  /** True where the worker has started tasks of this function, so that its module has loaded. */
  hasLoaded(fn: FunctionReference): boolean {
    return this.#loaded.has(this.#functions.get(fn) ?? -1);
  }

  #newRun(task: Task): Run {
    let fn = this.#functions.get(task.fn);
    if (fn === undefined) {
      fn = this.#functions.size;
      this.#functions.set(task.fn, fn);
      // At once and alone: a neighbour in the batch that cannot be encoded must not take it along.
      this.#link.send([{ type: 'define', fn, url: task.fn.url, name: task.fn.name }]);
    }
    const run: Run = { type: 'run', message: ++this.#lastMessage, fn, attempt: task.attempt, calls: [], payload: [] };
    this.#unstarted.push({ message: run.message, fn });
    return run;
  }

  #sendBatch(batch: ToWorker[], tasks: readonly Task[], refused: Refused[]): void {
    if (batch.length === 0) return;
    try {
      this.#link.send(batch);
    } catch {
      // One of them cannot be encoded after all. Each goes alone now, and copied, for a copy by hand can do more (a proxy).
      const messages = new Set(batch.flatMap((message) => (message.type === 'run' ? [message.message] : [])));
      for (const message of messages) this.forget(message);
      for (const task of tasks) if (messages.has(task.message)) this.#copyAndSendAlone(task, refused);
    }
  }

  #copyAndSendAlone(task: Task, refused: Refused[]): void {
    try {
      const encoded = pack(task.args, 'args', { whole: true, sharesMemory: this.#link.sharesMemory });
      this.#sendAlone(task, encoded.isPacked ? PACKED : PLAIN, encoded.body, refused);
    } catch (error) {
      refused.push([task, refusal(error)]);
    }
  }

  #sendAlone(task: Task, form: Form, args: unknown, refused: Refused[]): void {
    const run = this.#newRun(task);
    run.apart = true;
    addCall(run, task, form, args);
    try {
      this.#link.send([run], task.options.transfer);
    } catch (error) {
      this.forget(run.message);
      refused.push([task, refusal(error)]);
    }
  }
}

function addCall(run: Run, task: Task, form: Form, args: unknown): void {
  task.message = run.message;
  run.calls.push(task.slot, task.id, form);
  run.payload?.push(args);
}

function refusal(error: unknown): NotSerializableError {
  return error instanceof NotSerializableError
    ? error
    : new NotSerializableError('args', messageOf(error), { cause: error });
}

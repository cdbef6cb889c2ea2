// What the async context of a task refers to.
import type { ContextFrame, TaskContext, Transferable, WorkerInfo } from '../task/context.ts';
import type { ReceivedRun } from './received-run.ts';

/** The frame of a task that is being started, or goes on. Its context is made when somebody asks for it: tiny tasks never do. */
export class TaskFrame implements ContextFrame {
  readonly #worker: WorkerInfo;
  #run: ReceivedRun | undefined;
  #place = 0;
  #context: TaskContext | undefined;

  constructor(worker: WorkerInfo) {
    this.#worker = worker;
  }

  /** From here on it is the frame of this task. */
  begin(run: ReceivedRun, place: number): void {
    this.#run = run;
    this.#place = place;
    this.#context = undefined;
  }

  /** It is the frame of no task any more. */
  end(): void {
    this.#run = undefined;
    this.#context = undefined;
  }

  get context(): TaskContext | undefined {
    return (this.#context ??= this.#run?.contextOf(this.#place, this.#worker));
  }

  /** What the task has given away. */
  get transfers(): Transferable[] | undefined {
    return this.#context?.transfers;
  }

  /** The task can reach its caller no more. */
  disconnect(): void {
    this.#context?.connect(undefined);
  }

  abort(reason: unknown): void {
    this.context?.abort(reason);
  }
}

// Tasks that end at once, started one after the other in one frame and one async context: to make a frame costs more than to
// enter it, and to enter it more than a tiny task.
import { sharedContext } from '../task/async-context.ts';
import type { WorkerInfo } from '../task/context.ts';
import { realm } from '../task/realm.ts';
import { PACKED } from '../wire/messages.ts';
import type { FlushPace } from './flush-pace.ts';
import type { LoadedFunction } from './functions.ts';
import type { Outbox } from './outbox.ts';
import type { ReceivedRun } from './received-run.ts';
import { TaskFrame } from './task-frame.ts';

/** Starts a task. True where it has not ended at once. */
export type StartTask = (
  run: ReceivedRun,
  fn: LoadedFunction,
  place: number,
  args: unknown,
  frame: TaskFrame,
) => boolean;

export class QuickTasks {
  readonly #frame: TaskFrame;
  readonly #context;
  readonly #startTask: StartTask;
  readonly #pace: FlushPace;
  readonly #outbox: Outbox;
  #run: ReceivedRun | undefined;
  #fn: LoadedFunction | undefined;
  #goesOn = false;
  #isFlushDue = false;
  /** A field, and without arguments, for a list of them would be made each time. */
  readonly #startSome = (): void => this.#startUntilChanged(this.#run as ReceivedRun, this.#fn as LoadedFunction);

  constructor(worker: WorkerInfo, startTask: StartTask, pace: FlushPace, outbox: Outbox) {
    this.#frame = new TaskFrame(worker);
    this.#context = sharedContext(realm.contexts, this.#frame);
    this.#startTask = startTask;
    this.#pace = pace;
    this.#outbox = outbox;
  }

  /** Starts tasks of a run. False where one goes on: it keeps the frame, so nothing else may be started with this. */
  start(run: ReceivedRun, fn: LoadedFunction): boolean {
    this.#run = run;
    this.#fn = fn;
    while (mayStart(run)) {
      this.#context.enter(this.#startSome);
      if (this.#goesOn) return false;
      if (this.#isFlushDue) this.#outbox.flush();
    }
    this.#frame.end();
    this.#run = undefined;
    return true;
  }

  #startUntilChanged(run: ReceivedRun, fn: LoadedFunction): void {
    const frame = this.#frame;
    this.#isFlushDue = false;
    do {
      const place = run.next();
      if (place === undefined) return;
      frame.begin(run, place);
      if (this.#startTask(run, fn, place, run.argsOf(place), frame)) {
        this.#goesOn = true;
        return;
      }
      if (this.#pace.isDue(run.count)) {
        this.#isFlushDue = true;
        return;
      }
    } while (!this.#context.isChanged && mayStart(run));
  }
}

function mayStart(run: ReceivedRun): boolean {
  return run.started < run.announced && run.rest > 0 && run.formOf(run.started) !== PACKED;
}

// The tasks of a worker's event loop: started in order, as many at once as may be, ended in any order.
import { NotSerializableError } from '../errors.ts';
import { arrayShift, arraySplice, arrayUnshift } from '../task/arrays.ts';
import { emptyScope } from '../task/async-context.ts';
import type { WorkerInfo } from '../task/context.ts';
import { isThenable, messageOf } from '../task/outcome.ts';
import { performance, promiseThen, setImmediate } from '../task/platform.ts';
import { realm } from '../task/realm.ts';
import { machineNow } from '../wire/machine-clock.ts';
import {
  FULFILLED,
  GAVE_BACK,
  NONE_LEFT,
  NOT_LOADED,
  PACKED,
  REFUSED,
  REJECTED,
  WAITS,
  type Abandon,
  type EndCode,
  type Run,
} from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { announce } from './announcing.ts';
import { FlushPace } from './flush-pace.ts';
import { classModules, LoadedFunction, type Functions } from './functions.ts';
import type { Outbox, PoolPort } from './outbox.ts';
import type { Restore } from './restoring.ts';
import { QuickTasks, type StartTask } from './quick-tasks.ts';
import { ReceivedRun } from './received-run.ts';
import { TaskFrame } from './task-frame.ts';

export class Loop {
  readonly #outbox: Outbox;
  readonly #port: PoolPort;
  readonly #functions: Functions;
  readonly #worker: WorkerInfo;
  readonly #concurrency: number;
  readonly #restore: Restore | undefined;
  /** Runs that are not over, by number. */
  readonly #runs: (ReceivedRun | undefined)[] = [];
  /** Runs whose function is loaded, with tasks to be started: now, or as others end in this turn. */
  readonly #toStart: ReceivedRun[] = [];
  /** Tasks that have started and not ended. */
  #running = 0;
  readonly #flushPace = new FlushPace();
  #isTurnEndPlanned = false;
  readonly #endTurn = (): void => {
    this.#isTurnEndPlanned = false;
    this.#giveBack();
    this.#outbox.endTurn();
  };
  /** Undefined while it is in use, or where it was kept by a task. */
  #quick: QuickTasks | undefined;
  readonly #startTask: StartTask = (run, fn, place, args, frame) => this.#start(run, fn, place, args, frame);
  readonly #startAlone = (run: ReceivedRun, fn: LoadedFunction, place: number, args: unknown): void => {
    const frame = new TaskFrame(this.#worker);
    frame.begin(run, place);
    realm.contexts.enterWith(frame);
    if (this.#start(run, fn, place, args, frame)) return;
    fn.hasEndedAtOnce();
    frame.end();
  };

  constructor(
    port: PoolPort,
    outbox: Outbox,
    functions: Functions,
    worker: WorkerInfo,
    concurrency: number,
    restore?: Restore,
  ) {
    this.#restore = restore;
    this.#port = port;
    this.#outbox = outbox;
    this.#functions = functions;
    this.#worker = worker;
    this.#concurrency = concurrency;
  }

  run(message: Run): void {
    const run = new ReceivedRun(message, this.#port.claims, machineNow() - message.sentAt, this.#outbox);
    this.#runs[run.number] = run;
    if (message.payloadError !== undefined) {
      const why = messageOf(message.payloadError);
      const cause = { cause: message.payloadError };
      this.#endAll(run, REFUSED, new NotSerializableError('args', `decoding failed (${why})`, cause));
      return;
    }
    const fn = this.#functions.get(message.fn);
    if (fn instanceof LoadedFunction) {
      this.#begin(run, fn);
      return;
    }
    // Nothing of it runs yet, but the loop is free for others.
    this.#outbox.report(run.number, 0, WAITS, 0, run.lagMs);
    this.#planTurnEnd();
    void promiseThen(
      fn,
      (loaded) => this.#begin(run, loaded),
      (error: unknown) => this.#endAll(run, NOT_LOADED, error),
    );
  }

  #endAll(run: ReceivedRun, code: EndCode, error: unknown): void {
    for (let place = run.next(); place !== undefined; place = run.next())
      this.#outbox.ended(run.number, place, code, error);
    this.#outbox.report(run.number, 0, NONE_LEFT, 0, run.lagMs);
    this.#outbox.flush();
    this.#runs[run.number] = undefined;
  }

  #begin(run: ReceivedRun, fn: LoadedFunction): void {
    run.fn = fn;
    this.#toStart[this.#toStart.length] = run;
    this.#startWhatMay();
    this.#flushSoon();
  }

  /** Starts tasks while there is room for them. */
  #startWhatMay(): void {
    while (this.#running < this.#concurrency) {
      const run = arrayShift(this.#toStart);
      if (run === undefined) return;
      this.#startTasks(run);
    }
  }

  #startTasks(run: ReceivedRun): void {
    const { fn } = run;
    if (fn === undefined) return;
    const startedAt = performance.now();
    this.#flushPace.begin(startedAt);
    while (run.rest > 0 && this.#running < this.#concurrency) {
      const room = this.#concurrency - this.#running;
      if (run.started === run.announced && !announce(run, this.#port, this.#outbox, room)) {
        this.#startWhenSent(run);
        return;
      }
      if (run.formOf(run.started) === PACKED) this.#unpackAndStart(run, fn);
      else if (fn.endsAtOnce) this.#startWhileTheyEnd(run, fn);
      else this.#startNext(run, fn);
    }
    run.heldMs += performance.now() - startedAt;
    if (run.rest > 0) {
      arrayUnshift(this.#toStart, run);
      return;
    }
    this.#outbox.report(run.number, run.started, NONE_LEFT, run.heldMs, run.lagMs);
    if (run.isOver) this.#runs[run.number] = undefined;
  }

  /**
   * Starts the next task in an async context of its own. What a task stores there by `enterWith` is seen by nobody else: neither by
   * those that start after it in the same turn, nor by this loop.
   */
  #startNext(run: ReceivedRun, fn: LoadedFunction): void {
    const place = run.next();
    if (place === undefined) return;
    emptyScope(this.#startAlone, run, fn, place, run.argsOf(place));
    if (this.#flushPace.isDue(run.count)) this.#outbox.flush();
  }

  /** Starts one task after the other as long as they end at once. */
  #startWhileTheyEnd(run: ReceivedRun, fn: LoadedFunction): void {
    const quick = this.#quick ?? new QuickTasks(this.#worker, this.#startTask, this.#flushPace, this.#outbox);
    // A task may run tasks itself, inline.
    this.#quick = undefined;
    if (quick.start(run, fn)) this.#quick = quick;
  }

  #startWhenSent(run: ReceivedRun): void {
    this.#port.whenSent(() => {
      this.#startTasks(run);
      this.#startWhatMay();
      this.#flushSoon();
    });
  }

  #unpackAndStart(run: ReceivedRun, fn: LoadedFunction): void {
    const place = run.next();
    if (place === undefined) return;
    // Where a class is not loaded here yet the task waits for it, and counts as one that runs.
    const life: { state: 'new' | 'waiting' | 'begun' } = { state: 'new' };
    const begin = (start: () => void): void => {
      const hasWaited = life.state === 'waiting';
      life.state = 'begun';
      if (hasWaited) {
        run.running--;
        this.#running--;
      }
      start();
      if (hasWaited) this.#afterEnd(run);
    };
    whenUnpacked(
      run.argsOf(place),
      'args',
      classModules,
      (args) => begin(() => emptyScope(this.#startAlone, run, fn, place, args)),
      (error) => begin(() => this.#outbox.ended(run.number, place, REFUSED, error)),
      run.endsOf(place),
    );
    if (life.state === 'begun') return;
    life.state = 'waiting';
    run.running++;
    this.#running++;
  }

  /** True where the task goes on. */
  #start(run: ReceivedRun, fn: LoadedFunction, place: number, args: unknown, frame: TaskFrame): boolean {
    const end = run.whyNotStarted(place);
    if (end !== undefined) {
      this.#outbox.ended(run.number, place, end.code, end.reason);
      return false;
    }
    try {
      const result = run.call(fn, place, args, frame, this.#restore);
      if (isThenable(result)) {
        fn.goesOn = true;
        run.goesOn(place, frame);
        this.#running++;
        void this.#settle(result, run, place, frame);
        return true;
      }
      run.end(place, FULFILLED, result, frame.transfers);
    } catch (error) {
      run.end(place, REJECTED, error);
    }
    if (!run.isBare) run.fallSilent(place, frame);
    if (run.isTimed) this.#outbox.flush();
    return false;
  }

  /** A run that is not over. */
  received(number: number): ReceivedRun | undefined {
    return this.#runs[number];
  }

  async #settle(result: PromiseLike<unknown>, run: ReceivedRun, place: number, frame: TaskFrame): Promise<void> {
    let code = FULFILLED;
    let end: unknown;
    try {
      end = await result;
    } catch (error) {
      code = REJECTED;
      end = error;
    }
    if (!run.ended(place, frame)) return;
    this.#running--;
    run.end(place, code, end, code === FULFILLED ? frame.transfers : undefined);
    // Who has a time must not be late because its outcome waits for a neighbour that holds the loop.
    if (run.isTimed) this.#outbox.flush();
    this.#afterEnd(run);
  }

  /** Tasks that may go on for ever are waited for no more. */
  abandon({ run: number, place, count }: Abandon): void {
    const run = this.#runs[number];
    if (run === undefined) return;
    for (let at = place; at < place + count; at++) {
      if (!run.ended(at)) continue;
      this.#running--;
      this.#outbox.ended(number, at, REJECTED, undefined);
    }
    this.#afterEnd(run);
  }

  #afterEnd(run: ReceivedRun): void {
    if (run.isOver) this.#runs[run.number] = undefined;
    if (this.#toStart.length > 0) this.#startWhatMay();
    this.#flushSoon();
  }

  /** With nothing left to run, nothing is worth waiting for. */
  #flushSoon(): void {
    if (this.#running === 0) this.#outbox.flush();
    else this.#planTurnEnd();
  }

  #planTurnEnd(): void {
    if (this.#isTurnEndPlanned) return;
    this.#isTurnEndPlanned = true;
    setImmediate(this.#endTurn);
  }

  /** Tasks that are still more than may run at once are not kept from other workers. */
  #giveBack(): void {
    for (const run of arraySplice(this.#toStart, 0)) {
      const { stays } = run;
      if (stays) this.#toStart[this.#toStart.length] = run;
      else run.giveBack();
      this.#outbox.report(run.number, run.started, stays ? WAITS : GAVE_BACK, run.heldMs, run.lagMs);
      if (!stays && run.isOver) this.#runs[run.number] = undefined;
    }
  }
}

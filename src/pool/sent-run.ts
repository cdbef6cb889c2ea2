// A run as the pool has it: which task of which submission has which place in it, until all have ended and the worker has
// said that it will start nothing more of it.
import { PolyloopBugError } from '../errors.ts';
import { arrayFill, arrayLastIndexOf, arrayPop } from '../task/arrays.ts';
import { performance } from '../task/platform.ts';
import { noOptions, Submission } from '../task/submission.ts';
import { generations, type RunKey } from '../wire/claims.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link } from '../transport/transport.ts';
import { firstCredit, type Credit } from './credit.ts';
import type { Meter, Meters } from './meters.ts';

/** What a worker host knows of one function. */
export class HostFunction {
  readonly fn: FunctionReference;
  /** Stands for the function in messages. */
  readonly number: number;
  /** What is counted of it, in all workers. */
  readonly meter: Meter;
  credit: Credit = firstCredit;
  /** Tasks of it that were given in this turn, and not sent yet. */
  given = 0;
  /** Runs that wait in the worker for the module. */
  waiting = 0;
  /** Runs of it that the worker has. */
  runs = 0;
  /** Tasks of it have started, so its module has loaded. */
  hasLoaded = false;
  /** Since when the worker has been asked to load it, on the clock of `performance.now()`. */
  loadingSince = Infinity;
  /** Why it is given up that it loads, for the runs that are being asked back. */
  loadFailure: unknown = undefined;

  constructor(fn: FunctionReference, number: number, meter: Meter) {
    this.fn = fn;
    this.number = number;
    this.meter = meter;
  }

  /** It has been given tasks for the first time, and none has started yet. */
  get isLoading(): boolean {
    return this.runs > 0 && !this.hasLoaded;
  }
}

/** The functions that a worker was told of. */
export class HostFunctions {
  readonly #link: Link;
  readonly #meters: Meters;
  readonly #byReference = new Map<FunctionReference, HostFunction>();
  /** The one that was asked for last: most often it is asked for again. */
  #last: HostFunction | undefined;

  constructor(link: Link, meters: Meters) {
    this.#link = link;
    this.#meters = meters;
  }

  *[Symbol.iterator](): Generator<HostFunction> {
    yield* this.#byReference.values();
  }

  /** The worker loads the module of this function. */
  isLoading(fn: FunctionReference): boolean {
    return this.known(fn)?.isLoading === true;
  }

  /** The worker loads the module of some function. */
  get isAnyLoading(): boolean {
    for (const of of this.#byReference.values()) if (of.isLoading) return true;
    return false;
  }

  /** True where the worker has started tasks of this function, so that its module has loaded. */
  hasLoaded(fn: FunctionReference): boolean {
    return this.known(fn)?.hasLoaded === true;
  }

  /** The functions of which the worker has started tasks. */
  *loaded(): Generator<FunctionReference> {
    for (const of of this.#byReference.values()) if (of.hasLoaded) yield of.fn;
  }

  /** The functions whose module has been loading since before that time. */
  *loadingSince(since: number): Generator<FunctionReference> {
    for (const of of this.#byReference.values()) if (of.isLoading && of.loadingSince < since) yield of.fn;
  }

  known(fn: FunctionReference): HostFunction | undefined {
    return this.#byReference.get(fn);
  }

  /** Tells the worker of it, where that has not been done. */
  of(fn: FunctionReference): HostFunction {
    if (this.#last?.fn === fn) return this.#last;
    let of = this.#byReference.get(fn);
    if (of === undefined) {
      of = new HostFunction(fn, this.#byReference.size, this.#meters.of(fn));
      this.#byReference.set(fn, of);
      // At once and alone: a neighbour in the batch that cannot be encoded must not take it along.
      this.#link.send([{ type: 'define', fn: of.number, url: fn.url, name: fn.name }]);
    }
    this.#last = of;
    return of;
  }
}

export class SentRun implements RunKey {
  readonly number: number;
  readonly generation: number;
  readonly of: HostFunction;
  /** The id of its first task. */
  firstId = 0;
  /** By place: the submission to which the task belongs; undefined where it has ended or was taken back. */
  readonly submissions: (Submission | undefined)[] = [];
  /** How many have not ended. */
  left = 0;
  /** The worker has said that the first tasks, so many of them, are about to start; and when it said so, on the machine's clock. */
  announced = 0;
  announcedAt = 0;
  /** All its tasks may be given to another worker where they have not started. */
  readonly mayMove: boolean;
  /** Its tasks have keys: where they come back they go to this worker again. */
  isKeyed = false;
  /** When it was sent, on the machine's clock, and for how long it waited for the loop then. */
  sentAt = 0;
  lagMs = 0;
  /** Tasks that had ended before the worker said how its loop does. */
  endedAtOnce = 0;
  /** Each outcome says when its task began and ended. */
  isTimed = false;
  /** Until when each task may be started, on the machine's clock, by place; undefined where that has no limit. The worker has the same. */
  startBy: number[] | undefined;
  /** Its tasks may yield or report while they run; what they came to must not overtake that. */
  speaks = false;
  /** About how large one is, or its result. */
  taskBytes = 0;
  /** What the worker has said of it last: nothing, so that its loop may be held; that it waits for its module; that it starts nothing more of it. `forsaken`: it waits for a module that nobody else waits for any more. */
  state: 'silent' | 'waiting' | 'forsaken' | 'over' = 'silent';
  /** Whether the rest of it was asked back. Until that is answered its number cannot be used again. */
  asking: 'not yet' | 'asked' | 'answered' = 'not yet';

  constructor(number: number, generation: number, of: HostFunction, mayMove: boolean) {
    this.number = number;
    this.generation = generation;
    this.of = of;
    this.mayMove = mayMove;
  }

  enter(submission: Submission): void {
    if (this.submissions.length === 0) this.firstId = submission.id;
    submission.run = this.number;
    submission.place = this.submissions.length;
    for (let at = 0; at < submission.count; at++) this.submissions[this.submissions.length] = submission;
    this.left += submission.count;
  }

  /** Gives up on the tasks of a submission that have not ended. Which they are. */
  abandon(submission: Submission): number[] {
    const given: number[] = [];
    for (let at = 0; at < submission.count; at++) {
      if (this.submissions[submission.place + at] !== submission) continue;
      this.submissions[submission.place + at] = abandoned;
      given[given.length] = at;
    }
    return given;
  }

  /** Takes out the tasks from a place on that have not ended, of which none has started. Those before one that has ended must have started too, whatever the worker says. */
  takeFrom(place: number): Submission[] {
    const taken: Submission[] = [];
    const from = Math.max(place, arrayLastIndexOf(this.submissions, undefined) + 1);
    for (let at = from; at < this.submissions.length; at++) {
      const submission = this.submissions[at];
      if (submission === undefined) continue;
      if (submission === abandoned) {
        // What was given up and not started will never be spoken of.
        this.submissions[at] = undefined;
        this.left--;
        continue;
      }
      const own = at - submission.place;
      const part = own === 0 ? submission : submission.splitOff(own);
      arrayFill(this.submissions, undefined, at, at + part.count);
      this.left -= part.count;
      at += part.count - 1;
      taken[taken.length] = part;
    }
    return taken;
  }
}

/** The runs that a worker has, by number. Numbers are used again, so the table stays small. */
export class SentRuns {
  readonly #runs: (SentRun | undefined)[] = [];
  readonly #free: number[] = [];
  /** Of the last run of each number. */
  readonly #generations: number[] = [];
  /** Of how many the worker has not said how its loop does since. */
  unreported = 0;
  readonly #workerId: number;

  constructor(workerId: number) {
    this.#workerId = workerId;
  }

  /** The run of which the worker speaks. */
  named(number: number): SentRun {
    const run = this.#runs[number];
    if (run === undefined)
      throw new PolyloopBugError(`worker ${this.#workerId} spoke of run ${number}, which it does not have`);
    return run;
  }

  open(of: HostFunction, mayMove: boolean): SentRun {
    const number = arrayPop(this.#free) ?? this.#runs.length;
    const generation = ((this.#generations[number] ?? 0) + 1) % generations;
    this.#generations[number] = generation;
    this.unreported++;
    of.runs++;
    if (!of.hasLoaded && of.loadingSince === Infinity) {
      of.loadingSince = performance.now();
      of.loadFailure = undefined;
    }
    return (this.#runs[number] = new SentRun(number, generation, of, mayMove));
  }

  get(number: number): SentRun | undefined {
    return this.#runs[number];
  }

  /** The worker has said how its loop does since it got the run, and what becomes of that. */
  report(run: SentRun, state: 'waiting' | 'forsaken' | 'over'): void {
    if (run.state === 'silent') this.unreported--;
    if (run.state === 'waiting') run.of.waiting--;
    if (state === 'waiting') run.of.waiting++;
    run.state = state;
  }

  /** A run was never sent, so the worker has not heard of this generation either. */
  forget(run: SentRun): void {
    this.#generations[run.number] = (run.generation + generations - 1) % generations;
    this.close(run);
  }

  /** Closes a run where nothing more will be said of it. */
  closeIfOver(run: SentRun): void {
    if (run.left === 0 && run.state === 'over' && run.asking !== 'asked') this.close(run);
  }

  close(run: SentRun): void {
    this.report(run, 'over');
    this.#runs[run.number] = undefined;
    if (--run.of.runs === 0) run.of.loadingSince = Infinity;
    this.#free[this.#free.length] = run.number;
  }

  *[Symbol.iterator](): Generator<SentRun> {
    for (const run of this.#runs) if (run !== undefined) yield run;
  }
}

/** Stands where a task was given up. */
export const abandoned: Submission = new (class extends Submission {
  argumentsOf(): void {}
  settle(): void {}
  fulfil(): void {}
  protected tail(): never {
    throw new PolyloopBugError('what was given up is not split');
  }
})({ url: '', name: 'abandoned' }, noOptions, 0, 1);

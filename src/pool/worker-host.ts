// The pool's end of one worker: what it was given, what it has started, and what it has answered.
import { NotSerializableError, PolyloopBugError } from '../errors.ts';
import { failed, fulfilled, messageOf, type Outcome } from '../task/outcome.ts';
import { realm } from '../task/realm.ts';
import { noOptions, Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link, Transport, WorkerExit } from '../transport/transport.ts';
import { longestRun } from '../wire/claims.ts';
import {
  endKind,
  endStride,
  FULFILLED,
  GAVE_BACK,
  NOT_LOADED,
  PACKED,
  PLAIN,
  reportStride,
  WAITS,
  type Start,
  type Started,
  type ToPool,
  type Turn,
} from '../wire/messages.ts';
import { packThrown } from '../wire/pack.ts';
import { roughSize } from '../wire/rough-size.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { allowance, creditAfter, firstCredit, type Credit } from './credit.ts';
import type { PoolSettings } from './options.ts';
import { HostFunction, SentRuns, type SentRun } from './sent-run.ts';
import { TaskSender } from './task-sender.ts';

/** `draining`: told to tear down and end. */
export type HostState = 'starting' | 'ready' | 'draining' | 'stopped';

export interface HostEvents {
  onReady(host: WorkerHost): void;
  /** Tasks of a submission have fulfilled, from `at` on, with the values from `from` to before `to`. */
  onFulfilled(submission: Submission, at: number, values: readonly unknown[], from: number, to: number): void;
  /** A task has ended. `isLoadFailure`: its function could not be found, so it never started. */
  onOutcome(host: WorkerHost, submission: Submission, at: number, outcome: Outcome, isLoadFailure: boolean): void;
  /** Tasks that were given to it and that it has not started are to be given to another. */
  onGivenBack(submissions: readonly Submission[]): void;
  /** There may be room again. */
  onRoom(host: WorkerHost): void;
  onTeardownFailed(host: WorkerHost, reason: unknown): void;
  onExit(host: WorkerHost, exit: WorkerExit): void;
}

const plainlyFulfilled = endKind(FULFILLED, PLAIN);

export class WorkerHost {
  readonly id: number;
  readonly startedAt = performance.now();
  state: HostState = 'starting';
  /** Tasks that it was given and that have not ended. */
  inFlight = 0;
  /** Outcomes that it has delivered. */
  ended = 0;
  /** Tasks for this worker and no other, until it is ready for them. */
  readonly pinned: Submission[] = [];
  /** It took work at some time. */
  wasReady = false;
  /** Why it could not start, or what it said about its end before it ended. */
  lastWords: { reason: unknown } | undefined;
  readonly #events: HostEvents;
  readonly #link: Link;
  readonly #concurrency: number;
  readonly #functions = new Map<FunctionReference, HostFunction>();
  readonly #runs = new SentRuns();
  readonly #sender: TaskSender;
  /** Given to it, and not sent yet. */
  #outbox: Submission[] = [];
  /** What the outbox asks of the worker: expected work, and bytes. */
  #spentMs = 0;
  #spentBytes = 0;
  /** Runs of which it has not reported. */
  #unreported = 0;
  #silentSince = 0;
  #isDiscarded = false;
  #isDeaf = false;

  constructor(id: number, settings: PoolSettings, transport: Transport, events: HostEvents) {
    this.id = id;
    this.#events = events;
    this.#concurrency = settings.concurrency;
    const { name, env, execArgv, concurrency } = settings;
    this.#link = transport(
      { name: `${name} ${id}`, env, execArgv, mostRuns: concurrency + 2 * longestRun },
      {
        onBatch: (batch) => this.#receive(batch),
        onDrain: () => events.onRoom(this),
        onExit: (exit) => {
          this.state = 'stopped';
          events.onExit(this, exit);
        },
      },
    );
    this.#sender = new TaskSender(this.#link, this.#runs);
    this.#start(settings);
  }

  get pid(): number | undefined {
    return this.#link.pid;
  }

  get isOpen(): boolean {
    return this.state === 'ready' && !this.#link.isCongested;
  }

  /** Since when it has been silent about what it was given last; undefined where it has reported. */
  get silentSince(): number | undefined {
    return this.#unreported > 0 ? this.#silentSince : undefined;
  }

  creditOf(fn: FunctionReference): Credit {
    return this.#functions.get(fn)?.credit ?? firstCredit;
  }

  /** How many tasks of this function it may be given now. A loop that is silent gets nothing. */
  allowance(fn: FunctionReference): number {
    if (!this.isOpen || this.#unreported > 0) return 0;
    const of = this.#functions.get(fn);
    if (of !== undefined && of.waiting > 0) return 0;
    return allowance(of?.credit ?? firstCredit, {
      inFlight: this.inFlight,
      concurrency: this.#concurrency,
      spentMs: this.#spentMs,
      spentBytes: this.#spentBytes,
    });
  }

  /** Gives it tasks; {@link flush} sends. */
  give(submission: Submission): void {
    const { taskMs = Infinity, taskBytes } = this.creditOf(submission.fn);
    this.#spentMs += taskMs * submission.count;
    this.#spentBytes += taskBytes * submission.count;
    submission.state = 'inFlight';
    submission.run = -1;
    this.inFlight += submission.count;
    this.#outbox.push(submission);
  }

  /** Sends what was given since the last time, as one. */
  flush(): void {
    if (this.#outbox.length === 0) return;
    const submissions = this.#outbox;
    this.#outbox = [];
    this.#spentMs = 0;
    this.#spentBytes = 0;
    for (const submission of submissions) this.#sender.add(submission, this.#functionOf(submission.fn));
    const refused = this.#sender.send();
    this.#silentSince = performance.now();
    this.#unreported = 0;
    for (const run of this.#runs) if (!run.isReported) this.#unreported++;
    // Settled only when all are sent, for what a failure leads to may cancel tasks that were just on their way.
    for (const [submission, reason] of refused) {
      this.inFlight--;
      this.#events.onOutcome(this, submission, 0, failed(reason), false);
    }
  }

  holds(submission: Submission): boolean {
    if (submission.run < 0) return this.#outbox.includes(submission);
    const { run, place, count } = submission;
    const submissions = this.#runs.get(run)?.submissions;
    for (let at = 0; at < count; at++) if (submissions?.[place + at] === submission) return true;
    return false;
  }

  /** Given, but still here: nothing of it was sent. */
  isUnsent(submission: Submission): boolean {
    return submission.run < 0;
  }

  takeBack(submission: Submission): void {
    this.#outbox.splice(this.#outbox.indexOf(submission), 1);
    this.inFlight -= submission.count;
  }

  /** Tells running tasks to end. */
  cancel(submission: Submission, reason: unknown): void {
    submission.state = 'cancelling';
    const { run, place, count } = submission;
    this.#link.send([{ type: 'cancel', run, place, count, payload: [packThrown(reason)] }]);
  }

  /** Gives up on tasks that cannot be ended. Which they are; the worker will say of each that it has ended after all, and nobody hears it. */
  abandon(submission: Submission): number[] {
    const places = this.#runs.get(submission.run)?.submissions ?? [];
    const given: number[] = [];
    for (let at = 0; at < submission.count; at++) {
      if (places[submission.place + at] !== submission) continue;
      places[submission.place + at] = abandoned;
      this.inFlight--;
      given.push(at);
    }
    return given;
  }

  /**
   * Takes back what it has not started of what it was given. Only where the memory of both is one can that be known;
   * elsewhere it takes back nothing.
   */
  takeBackUnstarted(): Submission[] {
    const taken: Submission[] = [];
    const { claims } = this.#link;
    if (claims === undefined) return taken;
    for (const run of this.#runs) {
      if (run.isReported || run.submissions[0]?.options.transfer !== undefined) continue;
      taken.push(...this.#takeFrom(run, claims.takeBack(run.number)));
    }
    return taken;
  }

  /** Asks it to tear down and end. */
  stop(): void {
    this.state = 'draining';
    this.#link.send([{ type: 'stop' }]);
  }

  kill(): void {
    this.#link.kill();
  }

  /** What it was given and has not answered: tasks that it had started, and tasks that can run elsewhere as if nothing had been. */
  takeUnsettled(): { started: [submission: Submission, at: number][]; unstarted: Submission[] } {
    const started: [Submission, number][] = [];
    const unstarted: Submission[] = [];
    for (const run of this.#runs) {
      // What was moved to a worker died with it, so the task cannot run again, started or not.
      const isMoved = run.submissions[0]?.options.transfer !== undefined;
      const begun = this.#link.claims?.claimed(run.number) ?? run.announced;
      if (!isMoved) unstarted.push(...this.#takeFrom(run, begun));
      for (const [place, submission] of run.submissions.entries()) {
        if (submission !== undefined && submission !== abandoned) started.push([submission, place - submission.place]);
      }
      this.#runs.close(run);
    }
    unstarted.push(...this.#outbox);
    this.#outbox = [];
    this.#unreported = 0;
    this.inFlight = 0;
    return { started, unstarted: unstarted.toSorted((one, other) => one.id - other.id) };
  }

  /** Ends it and hears nothing more of it; what it was given is the caller's to settle. */
  discard(): [submission: Submission, at: number][] {
    this.#isDiscarded = true;
    const { started, unstarted } = this.takeUnsettled();
    this.kill();
    for (const submission of [...unstarted, ...this.pinned.splice(0)])
      for (let at = 0; at < submission.count; at++) started.push([submission, at]);
    return started;
  }

  /** True where it has started tasks of this function, so that its module has loaded. */
  hasLoaded(fn: FunctionReference): boolean {
    return this.#functions.get(fn)?.hasLoaded === true;
  }

  #functionOf(fn: FunctionReference): HostFunction {
    let of = this.#functions.get(fn);
    if (of === undefined) {
      of = new HostFunction(fn, this.#functions.size);
      this.#functions.set(fn, of);
      // At once and alone: a neighbour in the batch that cannot be encoded must not take it along.
      this.#link.send([{ type: 'define', fn: of.number, url: fn.url, name: fn.name }]);
    }
    return of;
  }

  #takeFrom(run: SentRun, place: number): Submission[] {
    const taken = run.takeFrom(place);
    for (const submission of taken) this.inFlight -= submission.count;
    return taken;
  }

  #start({ kind, concurrency, setup, teardown }: PoolSettings): void {
    const start: Start = {
      type: 'start',
      worker: this.id,
      kind,
      depth: realm.depth + 1,
      concurrency,
      setup: setup && { url: setup.fn.url, name: setup.fn.name },
      teardown: teardown && { url: teardown.fn.url, name: teardown.fn.name },
      forms: [setup?.form ?? PLAIN, teardown?.form ?? PLAIN],
      payload: [setup?.body, teardown?.body],
    };
    this.#link.send([start]);
  }

  #receive(batch: readonly ToPool[]): void {
    if (this.#isDiscarded) return;
    try {
      this.#handle(batch);
    } catch (reason) {
      // It speaks nonsense, so nothing that it says can be trusted any more. Its tasks fail with it, and nobody else's.
      this.lastWords = { reason };
      this.#isDeaf = true;
      this.kill();
    }
  }

  #handle(batch: readonly ToPool[]): void {
    if (this.#isDeaf) return;
    for (const message of batch) {
      switch (message.type) {
        case 'turn':
          // It lives on: what it said was its last words was caught after all.
          this.lastWords = undefined;
          this.#endedTasks(message);
          this.#hearReports(message.reports);
          break;
        case 'started':
          this.#announced(message);
          break;
        case 'ready':
          this.wasReady = true;
          if (this.state === 'starting') this.state = 'ready';
          this.#events.onReady(this);
          break;
        case 'startFailed':
        case 'dying':
          whenUnpacked(message.payload?.[0], 'error', (reason) => {
            this.lastWords = { reason };
          });
          break;
        case 'stopped':
          if (message.payload === undefined) break;
          whenUnpacked(message.payload[0], 'error', (reason) => this.#events.onTeardownFailed(this, reason));
          break;
      }
    }
    this.#events.onRoom(this);
  }

  #announced({ run: number, count }: Started): void {
    this.lastWords = undefined;
    const run = this.#runOf(number);
    run.announced = count;
    run.of.hasLoaded = true;
  }

  #runOf(number: number): SentRun {
    const run = this.#runs.get(number);
    if (run === undefined) throw new PolyloopBugError(`worker ${this.id} spoke of run ${number}, which it does not have`);
    return run;
  }

  #endedTasks({ ends, payload = [], payloadError }: Turn): void {
    let value = 0;
    for (let at = 0; at < ends.length; at += endStride) {
      const run = this.#runOf(ends[at] ?? -1);
      const kind = ends[at + 3] ?? -1;
      let place = ends[at + 1] ?? -1;
      const end = place + (ends[at + 2] ?? 0);
      if (payloadError === undefined && kind === plainlyFulfilled)
        run.taskBytes = Math.max(run.taskBytes, roughSize(payload[value]));
      while (place < end) {
        const submission = run.submissions[place];
        if (submission === undefined)
          throw new PolyloopBugError(`worker ${this.id} sent an outcome for place ${place} of a run, which holds no task`);
        const own = place - submission.place;
        const isPlainly = kind === plainlyFulfilled && payloadError === undefined && submission !== abandoned;
        const count = isPlainly ? Math.min(submission.count - own, end - place) : 1;
        this.#free(run, place, count, submission);
        if (isPlainly) this.#events.onFulfilled(submission, own, payload, value, value + count);
        else if (submission !== abandoned) this.#endedTask(submission, own, kind, payload[value], payloadError);
        place += count;
        value += count;
      }
      if (run.left === 0 && run.isOver) this.#runs.close(run);
    }
  }

  #free(run: SentRun, place: number, count: number, submission: Submission): void {
    for (let at = place; at < place + count; at++) {
      if (run.submissions[at] !== submission)
        throw new PolyloopBugError(`worker ${this.id} sent a second outcome for place ${at} of a run`);
      run.submissions[at] = undefined;
    }
    this.ended += count;
    run.left -= count;
    if (submission !== abandoned) this.inFlight -= count;
  }

  #endedTask(submission: Submission, at: number, kind: number, body: unknown, payloadError: unknown): void {
    const code = kind >> 1;
    const isLoadFailure = code === NOT_LOADED;
    const tell = (outcome: Outcome): void => this.#events.onOutcome(this, submission, at, outcome, isLoadFailure);
    if (payloadError !== undefined) {
      const why = messageOf(payloadError);
      tell(failed(new NotSerializableError('result', `decoding failed (${why})`, { cause: payloadError })));
    } else if (kind % 2 === PACKED) {
      whenUnpacked(
        body,
        'result',
        (value) => tell(code === FULFILLED ? fulfilled(value) : failed(value)),
        (error) => tell(failed(error)),
      );
    } else tell(code === FULFILLED ? fulfilled(body) : failed(body));
  }

  #hearReports(reports: readonly number[]): void {
    for (let at = 0; at < reports.length; at += reportStride) {
      const [number = -1, started = 0, state = 0, heldMs = 0, lagMs = 0] = reports.slice(at, at + reportStride);
      const run = this.#runOf(number);
      if (!run.isReported) this.#unreported--;
      run.isReported = true;
      if (run.isWaiting) run.of.waiting--;
      run.isWaiting = state === WAITS;
      if (state === WAITS) {
        run.of.waiting++;
        continue;
      }
      if (started > 0) run.of.hasLoaded = true;
      if (state === GAVE_BACK) this.#events.onGivenBack(this.#takeFrom(run, started));
      const { taskBytes } = run;
      const report = { started, heldMs, lagMs, endedAtOnce: run.left === 0, taskBytes };
      run.of.credit = creditAfter(run.of.credit, report, this.#concurrency);
      run.isOver = true;
      if (run.left === 0) this.#runs.close(run);
    }
  }
}

/** Stands where a task was given up. */
const abandoned: Submission = new (class extends Submission {
  argumentsOf(): void {}
  settle(): void {}
  fulfil(): void {}
  protected tail(): never {
    throw new PolyloopBugError('what was given up is not split');
  }
})({ url: '', name: 'abandoned' }, noOptions, 0, 1);

// What a worker was given and has not ended: it goes out in runs, and what the worker says of these is heard here.
import { PolyloopBugError } from '../errors.ts';
import { arrayFill, arrayIncludes, arrayIndexOf, arrayPush, arraySplice, arrayToSorted } from '../task/arrays.ts';
import { performance } from '../task/platform.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link } from '../transport/transport.ts';
import {
  endKind,
  endStride,
  FULFILLED,
  GAVE_BACK,
  PLAIN,
  reportStride,
  timesStride,
  tooLate,
  WAITS,
  type Started,
  type Turn,
} from '../wire/messages.ts';
import { machineNow } from '../wire/machine-clock.ts';
import { roughSize } from '../wire/rough-size.ts';
import { AskingBack } from './asking-back.ts';
import { begunAt, inFlightByFunction, runningByFunction, takeUnsettled, type TaskOf } from './begun.ts';
import { sendCancel } from './cancel-message.ts';
import { allowance, creditAfter, firstCredit, type Credit } from './credit.ts';
import { Feeding } from './feeding.ts';
import { WorkerMeter } from './meters.ts';
import type { PoolWide } from './pool-wide.ts';
import { abandoned, HostFunctions, SentRuns, type SentRun } from './sent-run.ts';
import type { InFlightEvents } from './in-flight-events.ts';
import { Speech } from './speech.ts';
import { TaskSender } from './task-sender.ts';

const plainlyFulfilled = endKind(FULFILLED, PLAIN);

export class InFlight {
  /** Tasks that were given and have not ended. */
  size = 0;
  /** What is counted of it: outcomes that were delivered, and more. */
  readonly meter: WorkerMeter;
  readonly #workerId: number;
  readonly #link: Link;
  readonly #concurrency: number;
  readonly #events: InFlightEvents;
  readonly functions: HostFunctions;
  readonly #runs: SentRuns;
  /** What its tasks say while they run. */
  readonly speech: Speech;
  /** What its tasks ask of their callers. */
  readonly feeding: Feeding;
  readonly #sender: TaskSender;
  readonly askingBack: AskingBack;
  /** Given, and not sent yet. */
  #outbox: Submission[] = [];
  /** What the outbox asks of the worker: expected work, and bytes. */
  #spentMs = 0;
  #spentBytes = 0;
  #silentSince = 0;

  constructor(workerId: number, link: Link, concurrency: number, shared: PoolWide, events: InFlightEvents) {
    const { meters, sources } = shared;
    this.#workerId = workerId;
    this.#link = link;
    this.#concurrency = concurrency;
    this.#events = events;
    this.#runs = new SentRuns(workerId);
    this.meter = new WorkerMeter(meters.traces, { id: workerId, pid: link.pid });
    this.speech = new Speech(workerId, link, this.#runs, events);
    this.functions = new HostFunctions(link, meters);
    this.feeding = new Feeding(workerId, link, this.#runs, sources);
    this.#sender = new TaskSender(link, this.#runs, this.feeding);
    this.askingBack = new AskingBack(workerId, link, this.#runs, {
      take: (run, from) => this.#takeFrom(run, from),
      onGivenBack: events.onGivenBack,
      onNotLoaded: (submission, at, reason) => events.onFailed([submission, at], reason, true),
    });
  }

  /** Since when the worker has been silent about what it was given last; undefined where it has reported. */
  get silentSince(): number | undefined {
    return this.#runs.unreported > 0 ? this.#silentSince : undefined;
  }

  creditOf(fn: FunctionReference): Credit {
    return this.functions.known(fn)?.credit ?? firstCredit;
  }

  /** How many tasks of this function the worker may be given now. A loop that is silent gets nothing. */
  allowance(fn: FunctionReference): number {
    if (this.#runs.unreported > 0) return 0;
    const of = this.functions.known(fn);
    if (of !== undefined && of.waiting > 0) return 0;
    return allowance(of?.credit ?? firstCredit, {
      inFlight: this.size,
      concurrency: this.#concurrency,
      given: of?.given ?? 0,
      spentMs: this.#spentMs,
      spentBytes: this.#spentBytes,
    });
  }

  /** Takes tasks; {@link flush} sends them. */
  give(submission: Submission): void {
    const of = this.functions.of(submission.fn);
    const { taskMs = Infinity, taskBytes } = of.credit;
    of.given += submission.count;
    this.#spentMs += taskMs * submission.count;
    this.#spentBytes += taskBytes * submission.count;
    submission.state = 'inFlight';
    submission.run = -1;
    this.size += submission.count;
    this.#outbox[this.#outbox.length] = submission;
  }

  /** Sends what was given since the last time, as one. True where tasks were refused, so that there is room again. */
  flush(): boolean {
    this.#spentMs = this.#spentBytes = 0;
    if (this.#outbox.length === 0) return false;
    const submissions = this.#outbox;
    this.#outbox = [];
    this.meter.given(submissions);
    for (const submission of submissions) {
      const of = this.functions.of(submission.fn);
      of.given = 0;
      this.#sender.add(submission, of);
    }
    const refused = this.#sender.send();
    this.#silentSince = performance.now();
    // Settled only when all are sent, for what a failure leads to may cancel tasks that were just on their way.
    for (const [submission, reason] of refused) {
      this.size--;
      this.#events.onFailed([submission, 0], reason, false);
    }
    return refused.length > 0;
  }

  holds(submission: Submission): boolean {
    if (submission.run < 0) return arrayIncludes(this.#outbox, submission);
    const { run, place, count } = submission;
    const submissions = this.#runs.get(run)?.submissions;
    for (let at = 0; at < count; at++) if (submissions?.[place + at] === submission) return true;
    return false;
  }

  /** Takes back what has not been sent; false where it has. */
  takeBack(submission: Submission): boolean {
    if (submission.run >= 0) return false;
    arraySplice(this.#outbox, arrayIndexOf(this.#outbox, submission), 1);
    this.functions.of(submission.fn).given -= submission.count;
    this.size -= submission.count;
    return true;
  }

  /** Tells running tasks to end, and asks back those that may not have started: they need not wait for the loop. */
  cancel(submission: Submission, reason: unknown): void {
    submission.state = 'cancelling';
    const { run: number, place, count } = submission;
    sendCancel(this.#link, number, place, count, reason);
    const run = this.#runs.get(number);
    // What was moved to the worker is alone in its run, and will not be sent again.
    const mayComeBack = run?.mayMove === true || run?.isKeyed === true || run?.submissions.length === count;
    if (run !== undefined && run.state !== 'over' && mayComeBack) this.askingBack.ask(run);
  }

  /** When this one task has begun, on the machine's clock; undefined where it has not. */
  begunAt({ run, place }: Submission): number | undefined {
    return begunAt(this.#runs.get(run), place, this.#link);
  }

  /** Until when this one task may be started, on the machine's clock. */
  startBy({ run, place }: Submission): number {
    return this.#runs.get(run)?.startBy?.[place] ?? Infinity;
  }

  /** Gives up a task that has not begun and that the worker does not start any more, because the time until which it may is over. */
  giveUp({ run: number, place }: Submission): void {
    const run = this.#runs.get(number);
    if (run === undefined) return;
    run.submissions[place] = abandoned;
    this.size--;
    // Its place is free when the worker answers; what waits behind it may run elsewhere.
    if (run.state !== 'over') this.askingBack.ask(run);
  }

  /** Gives up on tasks that cannot be ended. Which they are; the worker says of each that it has ended, and nobody hears it. */
  abandon(submission: Submission): number[] {
    const given = this.#runs.get(submission.run)?.abandon(submission) ?? [];
    this.size -= given.length;
    const { run, place, count } = submission;
    this.#link.send([{ type: 'abandon', run, place, count }]);
    return given;
  }

  /** Everything that has not ended, for the worker is gone: tasks that it had started, and tasks that can run elsewhere as if nothing had been. */
  takeUnsettled(): { started: TaskOf[]; unstarted: Submission[] } {
    const { started, unstarted } = takeUnsettled(this.#runs, this.#link);
    arrayPush(unstarted, ...this.#outbox);
    this.#outbox = [];
    this.size = 0;
    return { started, unstarted: arrayToSorted(unstarted, (one, other) => one.id - other.id) };
  }

  inFlightByFunction(): Map<FunctionReference, number> {
    return inFlightByFunction(this.#runs);
  }

  /** The ids of the tasks that it has begun, as far as can be told, and has not ended. */
  running(): Map<FunctionReference, number[]> {
    return runningByFunction(this.#runs, this.#link);
  }

  #takeFrom(run: SentRun, place: number): Submission[] {
    const taken = run.takeFrom(place);
    for (const submission of taken) this.size -= submission.count;
    return taken;
  }

  /** The first tasks of a run are about to start. */
  hearStarted({ run: number, count }: Started): void {
    const run = this.#runs.named(number);
    if (count < run.announced || count > run.submissions.length)
      throw new PolyloopBugError(`worker ${this.#workerId} announced ${count} tasks of a run that has others`);
    run.announced = count;
    run.announcedAt = machineNow();
    run.of.hasLoaded = true;
  }

  /** Outcomes, and how the loop is doing. */
  hearTurn(turn: Turn): void {
    this.#hearEnds(turn);
    this.meter.recordWaits();
    this.#hearReports(turn.reports);
  }

  #hearEnds({ ends, times, payload = [], payloadError }: Turn): void {
    let value = 0;
    let timed = 0;
    const now = ends.length > 0 ? machineNow() : 0;
    for (let at = 0; at < ends.length; at += endStride) {
      const run = this.#runs.named(ends[at] ?? -1);
      const kind = ends[at + 3] ?? -1;
      let place = ends[at + 1] ?? -1;
      const end = place + (ends[at + 2] ?? 0);
      this.meter.heardEnds(run, end - place, kind, now);
      if (payloadError === undefined && kind === plainlyFulfilled)
        run.taskBytes = Math.max(run.taskBytes, roughSize(payload[value]));
      while (place < end) {
        const submission = run.submissions[place];
        if (submission === undefined)
          throw new PolyloopBugError(
            `worker ${this.#workerId} sent an outcome for place ${place} of a run, which holds no task`,
          );
        const own = place - submission.place;
        const isPlainly =
          kind === plainlyFulfilled && payloadError === undefined && submission !== abandoned && !run.speaks;
        const count = isPlainly ? Math.min(submission.count - own, end - place) : 1;
        this.#free(run, place, count, submission);
        if (times !== undefined && times[timed] === value) {
          if (submission !== abandoned) {
            const ranMs = (times[timed + 2] ?? 0) - (times[timed + 1] ?? 0);
            this.#events.onRan(submission, ranMs, times[timed + 3] === 1);
          }
          timed += timesStride;
        }
        if (submission !== abandoned) this.meter.heardEndOf(submission, run, count, kind);
        if (isPlainly) this.#events.onFulfilled(submission, own, payload, value, value + count);
        else if (submission !== abandoned && kind === tooLate) this.#events.onTooLate(submission);
        else if (submission !== abandoned) this.#events.onEnd([submission, own], kind, payload[value], payloadError);
        place += count;
        value += count;
      }
      this.#runs.closeIfOver(run);
    }
  }

  #free(run: SentRun, place: number, count: number, submission: Submission): void {
    // All are looked at before any is taken out, or those before a bad one would be lost.
    for (let at = place; at < place + count; at++) {
      if (run.submissions[at] !== submission)
        throw new PolyloopBugError(`worker ${this.#workerId} sent a second outcome for place ${at} of a run`);
    }
    arrayFill(run.submissions, undefined, place, place + count);
    run.left -= count;
    if (submission !== abandoned) this.size -= count;
  }

  #hearReports(reports: readonly number[]): void {
    for (let at = 0; at < reports.length; at += reportStride) {
      const run = this.#runs.named(reports[at] ?? -1);
      const started = reports[at + 1] ?? 0;
      const state = reports[at + 2];
      const heldMs = reports[at + 3] ?? 0;
      const lagMs = reports[at + 4] ?? 0;
      this.meter.heardReport(run, started, heldMs, lagMs);
      this.#runs.report(run, state === WAITS ? 'waiting' : 'over');
      if (state === WAITS) continue;
      if (started > 0) run.of.hasLoaded = true;
      if (state === GAVE_BACK) this.#events.onGivenBack(this.#takeFrom(run, started));
      const { taskBytes } = run;
      const report = { started, heldMs, lagMs, endedAtOnce: run.left === 0, taskBytes };
      run.of.credit = creditAfter(run.of.credit, report, this.#concurrency);
      this.#runs.closeIfOver(run);
    }
  }
}

// One run of a function over inputs. The way of an input: `Calls` pulls it, a worker applies the function, `Handover` writes what
// it came to and then says so in the job log. The tally, the report and the progress hear of it on the way.
import type { Pool } from '../index.ts';
import { Brake } from './brake.ts';
import type { Calls } from './calls.ts';
import { endedFrom, toldOf, type Ended, type OfRun } from './ended.ts';
import { isHalted } from './halt.ts';
import { inRun, otherFailure, statusOfFailures, toldFromInside } from './exit.ts';
import type { HeaderEntry, LastEntry } from './joblog/entries.ts';
import type { HistoryBuilder } from './joblog/history.ts';
import type { MapCommandOptions } from './map-command.ts';
import type { CsvRows } from './output/csv-rows.ts';
import type { HandOver } from './output/handing.ts';
import type { Handover } from './output/handover.ts';
import type { RecordsOf } from './output/records.ts';
import { UntilColumns } from './output/until-columns.ts';
import { countsOf, type Counts } from './progress/counts.ts';
import { Monitor } from './progress/monitor.ts';
import { time } from './progress/numbers.ts';
import { Progress, progressMode } from './progress/progress.ts';
import { running } from './progress/running.ts';
import type { Screen } from './progress/screen.ts';
import { summary } from './progress/summary.ts';
import { Tally } from './progress/tally.ts';
import type { TaskOutput } from './progress/task-output.ts';
import { withGoOn } from './resume-hint.ts';
import { exitStatus, Signals } from './signals.ts';
import type { Turns } from './waiting/turns.ts';
import { takeWarnings } from './warnings.ts';
import { apply, type Target } from './worker/apply.ts';
import { letGoOn, runOptions } from './workers.ts';
import { written } from './written.ts';

export interface RunParts {
  readonly options: MapCommandOptions;
  readonly pool: Pool;
  readonly target: Target;
  readonly taskOutput: TaskOutput;
  readonly calls: Calls;
  /** Lets go of the input, which may have to be waited for. */
  readonly letGo: () => void;
  readonly handover: Handover;
  readonly handOver: HandOver;
  /** Where results have turns, or wait for theirs since an earlier run. */
  readonly turns: Turns | undefined;
  readonly recordsOf: RecordsOf;
  /** Where records are rows. */
  readonly rows: CsvRows | undefined;
  /** Failures have no records: they are told on stderr. */
  readonly areFailuresTold: boolean;
  readonly header: HeaderEntry;
  readonly beganMs: number;
  /** Hears of all that a report needs, where one is asked for and no log keeps it. */
  readonly history: HistoryBuilder | undefined;
  /** Rejects where there is no such function. For where no input has called it. */
  readonly find: () => Promise<void>;
  /** A log or the history hears of each end. */
  readonly isKept: boolean;
  /** For who wants other numbers while it runs. */
  readonly look: () => void;
  readonly screen: Screen;
  /** How this run could be gone on with. */
  readonly goOn: string;
}

/** In the order of the inputs: so many may have begun before the first of them has ended. */
export const mostAhead = 10_000;
/** When so many characters wait for the columns, no call more begins. */
const mostWaiting = 16e6;
const defaultGraceMs = 5_000;

export class Run {
  readonly #parts: RunParts;
  readonly #pool: Pool;
  readonly #tally = new Tally();
  readonly #brake: Brake;
  readonly #progress: Progress;
  readonly #monitor: Monitor;
  readonly #signals: Signals;
  readonly #ofRun: OfRun;
  /** Undefined where it is known how all is written. */
  #untilColumns: UntilColumns | undefined;
  #ending: LastEntry['ending'] = 'failed';
  #hasWarned = false;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { options, pool, calls, letGo, screen, beganMs } = parts;
    this.#pool = pool;
    this.#untilColumns = parts.rows?.areKnown === false ? new UntilColumns(parts.rows) : undefined;
    this.#brake = new Brake(this.#pool, calls, { letGo, hasRate: options.rate !== undefined });
    this.#progress = new Progress(
      progressMode(options, screen),
      () => this.#counts(),
      () => this.#pool.stats(),
      { screen, target: parts.target, everyMs: options.progressInterval },
    );
    this.#ofRun = {
      abortedBy: this.#brake.reason,
      attempts: (options.retries ?? 0) + 1,
      beganMs,
    };
    this.#monitor = new Monitor(this.#pool, beganMs, (sample) => this.#note(sample));
    this.#signals = new Signals(
      {
        drain: (signal) => this.#drain(signal),
        abort: (signal) => this.#abort(signal),
        tell: () => screen.print(`${running(calls.underWay.values(), pool.stats())}\n`),
        look: parts.look,
        resumed: () => this.#resume(),
      },
      options.ignoreHangup,
    );
  }

  /** Resolves with the exit status when all that was asked for has ended, or is not to be done. Rejects where that cannot be; then, too, nothing is left behind. */
  async go(): Promise<number> {
    const { options, calls, screen, goOn } = this.#parts;
    try {
      await this.#toTheEnd();
    } catch (error) {
      // Of what has not begun there is nothing to tell, nor to go on with.
      if (this.#tally.ended === 0) throw error;
      screen.print(this.#summary);
      throw options.quiet === true ? error : withGoOn(error, goOn);
    }
    screen.print(this.#summary);
    const signal = this.#signals.ended;
    if (signal !== undefined) return exitStatus(signal);
    if (this.#hasWarned) return otherFailure;
    return statusOfFailures(this.#tally.failed + (options.statusOf === 'all' ? calls.failedBefore : 0));
  }

  async #toTheEnd(): Promise<void> {
    const { calls, letGo, handover, goOn } = this.#parts;
    const isOver = inRun((status) =>
      toldFromInside(status, calls.underWay.size, this.#tally.ended === 0 ? '' : this.#summary, goOn),
    );
    const leaveWarnings = takeWarnings((text) => this.#warn(text));
    try {
      this.#note(this.#parts.header);
      // Before the first result: an output without a log is nobody's.
      await handover.flush();
      await this.#readAll();
      await handover.flush();
      if (!handover.isBroken && calls.failure !== undefined) throw calls.failure as Error;
      if (calls.pulled + calls.endedBefore === 0 && calls.state === 'at the end') await this.#parts.find();
      const isWhole = this.#signals.ended === undefined && !handover.isBroken;
      if (isWhole && calls.isAtLimit && this.#ending === 'failed') this.#endAtLimit();
      if (this.#ending === 'failed') this.#ending = isWhole ? 'done' : 'interrupted';
    } finally {
      this.#brake.release();
      this.#monitor.end();
      letGo();
      try {
        await this.#pool.close();
        this.#note({ type: 'end', at: Math.round(performance.now() - this.#parts.beganMs), ending: this.#ending });
        await handover.close();
      } finally {
        this.#progress.end();
        this.#parts.taskOutput.end();
        this.#signals.release();
        await leaveWarnings();
        isOver();
      }
    }
  }

  async #readAll(): Promise<void> {
    const { options, calls, handover } = this.#parts;
    const runner = this.#pool.with(runOptions(options, this.#brake.signal));
    try {
      // In whatever order they end, also where they are to be written in another: how a run goes is to be known at once.
      for await (const end of runner.map(apply, calls, { settled: true, ordered: false })) {
        const ended = endedFrom(end, calls.take(end.index), this.#ofRun);
        const isFull =
          this.#untilColumns === undefined
            ? this.#settle(end.index, ended)
            : this.#settleWhatIsKnown(this.#untilColumns, end.index, ended);
        if (isFull !== undefined) {
          this.#brake.isHeld = true;
          await isFull;
          this.#brake.isHeld = false;
        }
        if (handover.isBroken) return;
        if (ended !== undefined) this.#haltIfDue();
      }
    } catch (error) {
      if (error !== this.#brake.reason) {
        // What is in flight could not be handed over.
        this.#brake.abort();
        throw error;
      }
    }
    for (const [index, ended] of this.#untilColumns?.rest() ?? []) await this.#settle(index, ended);
    await this.#parts.turns?.end(this.#isAllDone);
  }

  async #settleWhatIsKnown(untilColumns: UntilColumns, index: number, ended: Ended | undefined): Promise<void> {
    const { calls, rows } = this.#parts;
    const known = untilColumns.put(index, ended);
    calls.letAhead(untilColumns.past);
    if (rows?.areKnown === true) {
      this.#untilColumns = undefined;
      calls.limitAhead(this.#parts.options.keepOrder === true ? mostAhead : Infinity);
    } else if (untilColumns.waitingLength > mostWaiting) calls.limitAhead(0);
    for (const [at, one] of known) await this.#settle(at, one);
  }

  /** A call has come to something: it counts from now on, and is handed over when it is its turn. */
  #settle(index: number, ended: Ended | undefined): Promise<void> | undefined {
    const { recordsOf, isKept, turns, handOver } = this.#parts;
    const what = ended && written(ended, { recordsOf, isKept, ofRun: this.#ofRun });
    if (what !== undefined) this.#count(what.settled);
    return turns === undefined ? what && handOver(what) : turns.put(index, what);
  }

  #count(ended: Ended): void {
    const { areFailuresTold, options, screen } = this.#parts;
    this.#tally.add(ended);
    if (ended.ok) return;
    const { seq, file, line, whole } = ended.pulled;
    if (options.errors !== undefined && whole === undefined)
      this.#say(`Input ${seq} (${file}:${line}) is not in ${options.errors}: it was too long, or is no UTF-8.`);
    if (!areFailuresTold || options.quiet === true) return;
    const { name, message } = toldOf(ended.error);
    screen.say(`input ${seq} (${file}:${line}) failed: ${name}: ${message.split('\n')[0]}`);
  }

  /** All inputs have come, and all calls have ended. */
  get #isAllDone(): boolean {
    const { calls } = this.#parts;
    return calls.state === 'at the end' && !calls.isAtLimit && this.#brake.state === 'off';
  }

  #note(entry: Parameters<Handover['note']>[0]): void {
    this.#parts.history?.add(entry);
    this.#parts.handover.note(entry);
  }

  #haltIfDue(): void {
    const { calls, options } = this.#parts;
    const { halt, quiet } = options;
    if (halt === undefined || this.#ending === 'halted') return;
    const { total = Infinity } = this.#counts();
    const { failed, fulfilled } = this.#tally;
    if (!isHalted(halt, { failed, fulfilled, total })) return;
    // What is to end has ended.
    if (calls.state !== 'reading' && calls.underWay.size === 0) return;
    this.#ending = 'halted';
    if (quiet !== true) this.#say(`Halted after ${failed} failed and ${fulfilled} succeeded. ${this.#parts.goOn}`);
    if (halt.how === 'soon') this.#brake.drain();
    else this.#brake.abort();
  }

  #endAtLimit(): void {
    this.#ending = 'halted';
    const { options, goOn } = this.#parts;
    if (options.quiet !== true) this.#say(`Ended at --limit ${options.limit}. ${goOn}`);
  }

  #drain(signal: NodeJS.Signals): void {
    const { inFlight } = this.#pool.stats();
    this.#say(`${signal}: waiting for ${inFlight} in flight; once more ends them. ${this.#parts.goOn}`);
    this.#brake.drain();
  }

  #abort(signal: NodeJS.Signals): void {
    const { grace } = this.#parts.options;
    const within = time(grace ?? defaultGraceMs);
    this.#say(`${signal}: ending what is in flight, within ${within}; once more leaves at once.`);
    this.#brake.abort();
    // Nobody may be reading.
    setTimeout(() => this.#parts.handover.giveUp(), grace ?? defaultGraceMs).unref();
  }

  /** All of them were stopped; it may be that only the command was told to go on. */
  #resume(): void {
    this.#progress.goOn();
    if (this.#parts.options.kind !== 'process') return;
    letGoOn(this.#pool);
  }

  /** A teardown has failed, or took too long: what it was to do has not been done. */
  #warn(text: string): void {
    this.#hasWarned = true;
    const { options, screen } = this.#parts;
    if (options.debug === true) screen.print(`polyloop: ${text}\n`);
    else this.#say((text.split('\n', 1)[0] ?? '').replace('`graceMs`', '--grace'));
  }

  #say(line: string): void {
    this.#parts.screen.say(line);
  }

  #counts(): Counts {
    const { calls, options } = this.#parts;
    return countsOf(calls, this.#tally, options);
  }

  get #summary(): string {
    return summary({
      options: this.#parts.options,
      counts: this.#counts(),
      tally: this.#tally,
      retried: this.#pool.stats().retried,
      elapsedMs: this.#progress.elapsedMs,
      isWhole: this.#ending === 'done',
      isWritten: !this.#parts.handover.hasFailed,
    });
  }
}

// How far the run is: a block on a terminal, plain lines or JSON elsewhere.
import { stripVTControlCharacters, styleText } from 'node:util';

import type { PoolStats, WorkerStats } from '../../index.ts';
import type { MapCommandOptions } from '../map-command.ts';
import type { Counts } from './counts.ts';
import { count, elapsed, plural, rateOf, size, time } from './numbers.ts';
import type { Target } from '../worker/apply.ts';
import type { Screen } from './screen.ts';
import { waitingFor } from './waiting-for.ts';

/** `start`: only what is waited for at the beginning, where that takes long. */
export type ProgressMode = 'block' | 'lines' | 'json' | 'start' | 'none';

const drawEveryMs = 100;
const sayEveryMs: Readonly<Record<'lines' | 'json', number>> = { lines: 2_000, json: 1_000 };
/** The rate is that of the last so many looks, each a second apart. */
const looksKept = 15;
const lookEveryMs = 1_000;

interface Look {
  readonly atMs: number;
  readonly done: number;
}

export interface ProgressOf {
  readonly screen: Screen;
  /** What workers are to load. */
  readonly target: Target;
  /** How often lines and JSON are written, where that was asked for. */
  readonly everyMs: number | undefined;
}

export class Progress {
  readonly #counts: () => Counts;
  readonly #stats: () => PoolStats;
  readonly #screen: Screen;
  readonly #target: Target;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #looks: Look[] = [{ atMs: this.#startedAt, done: 0 }];
  readonly #beat: NodeJS.Timeout;
  /** When this program was last seen to run. */
  #aliveAt = this.#startedAt;
  #stoppedMs = 0;

  constructor(
    mode: ProgressMode,
    counts: () => Counts,
    stats: () => PoolStats,
    { screen, target, everyMs }: ProgressOf,
  ) {
    this.#target = target;
    this.#counts = counts;
    this.#stats = stats;
    this.#screen = screen;
    if (mode === 'block') screen.show(() => this.#block());
    // After a stop, the news of it comes before what is immediate, but after timers.
    this.#beat = setInterval(() => setImmediate(() => this.#live()), drawEveryMs);
    if (mode === 'start') this.#timer = setInterval(() => this.#sayStart(), drawEveryMs).unref();
    if (mode === 'lines' || mode === 'json') {
      const say = mode === 'lines' ? () => this.#line() : () => this.#json();
      this.#timer = setInterval(() => {
        let said: string;
        try {
          said = say();
        } catch {
          // The run goes on without it.
          return;
        }
        screen.print(`${said}\n`);
      }, everyMs ?? sayEveryMs[mode]);
    }
  }

  /** For how long the run has been at work. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt - this.#stoppedMs;
  }

  /** The program goes on after it was stopped (SIGCONT): that time is none of the run's. */
  goOn(): void {
    this.#stoppedMs += performance.now() - this.#aliveAt;
    this.#looks = [];
    this.#screen.leave();
  }

  end(): void {
    clearInterval(this.#beat);
    clearInterval(this.#timer);
    this.#screen.end();
  }

  #live(): void {
    this.#aliveAt = performance.now();
    this.#screen.redraw();
  }

  /** Tasks in a second, as it went lately. */
  #rate(done: number): number {
    const now = performance.now();
    const last = this.#looks.at(-1);
    if (last === undefined || now - last.atMs >= lookEveryMs) this.#looks.push({ atMs: now, done });
    if (this.#looks.length > looksKept) this.#looks.shift();
    const first = this.#looks[0];
    if (first === undefined || now - first.atMs < drawEveryMs) return done / Math.max(0.1, this.elapsedMs / 1_000);
    return ((done - first.done) / (now - first.atMs)) * 1_000;
  }

  #leftMs({ done, total: known, about: total = known }: Counts, rate: number): number | undefined {
    return total === undefined || done === 0 || rate <= 0 ? undefined : (Math.max(0, total - done) / rate) * 1_000;
  }

  #headParts(counts: Counts): string[] {
    const rate = this.#rate(counts.done);
    const leftMs = this.#leftMs(counts, rate);
    const about = counts.about === undefined ? '' : 'about ';
    return [
      ...doneParts(counts),
      rateOf(rate, 1_000),
      ...(leftMs === undefined
        ? [elapsed(this.elapsedMs)]
        : [`${elapsed(this.elapsedMs)}, ${about}${time(leftMs)} left`]),
    ];
  }

  /** What is waited for, where no worker is ready after a while. */
  get waitsFor(): string | undefined {
    return waitingFor(this.#target, this.#stats(), this.elapsedMs);
  }

  #restParts({ failed, skipped, endedBefore }: Counts, { inFlight, retried }: PoolStats): string[] {
    const { waitsFor } = this;
    return [
      ...(waitsFor === undefined ? [] : [waitsFor]),
      `${count(inFlight)} in flight`,
      ...(failed > 0 ? [`${count(failed)} failed`] : []),
      ...(retried > 0 ? [plural(retried, 'retry', 'retries')] : []),
      ...(skipped > 0 ? [`${count(skipped)} skipped`] : []),
      ...(endedBefore > 0 ? [`${count(endedBefore)} ended before`] : []),
    ];
  }

  #sayStart(): void {
    const { waitsFor } = this;
    if (waitsFor !== undefined) this.#screen.say(waitsFor);
    if (waitsFor !== undefined || this.#counts().done > 0) clearInterval(this.#timer);
  }

  #line(): string {
    const counts = this.#counts();
    return [...this.#headParts(counts), ...this.#restParts(counts, this.#stats())].join(' · ');
  }

  #json(): string {
    const counts = this.#counts();
    const { inFlight, queued, retried, workers } = this.#stats();
    const rate = this.#rate(counts.done);
    const leftMs = this.#leftMs(counts, rate);
    return JSON.stringify({
      type: 'progress',
      elapsedMs: Math.round(this.elapsedMs),
      ...counts,
      inFlight,
      queued,
      retried,
      perSecond: Math.round(rate * 10) / 10,
      leftMs: leftMs === undefined ? undefined : Math.round(leftMs),
      workers: workers.map((worker) => ({
        id: worker.id,
        pid: worker.pid,
        state: worker.state,
        inFlight: worker.inFlight,
        utilization: Math.round(worker.utilization * 100) / 100,
        lagMs: Math.round(worker.lagMs),
        rssBytes: worker.rssBytes,
      })),
    });
  }

  #block(): string {
    const counts = this.#counts();
    const stats = this.#stats();
    const { columns, rows } = this.#screen;
    const share = shareOf(counts);
    const head = fitting(this.#headParts(counts), ' · ', columns);
    const room = Math.min(40, columns - head.length - 3);
    const lines = [
      share === undefined || room < 8 ? head : `${bar(share, room)} ${head}`,
      fitting(this.#restParts(counts, stats), ' · ', columns),
    ];
    const most = Math.max(1, rows - 5);
    for (const worker of stats.workers.slice(0, most))
      lines.push(fitting(workerParts(worker, stats.kind === 'process'), '  ', columns));
    if (stats.workers.length > most) lines.push(`and ${plural(stats.workers.length - most, 'more worker')}`);
    return lines.join('\n');
  }
}

/** Undefined where it is not known of how much. */
function shareOf({ done, total, about }: Counts): number | undefined {
  if (total !== undefined) return done / Math.max(1, total);
  return about === undefined ? undefined : Math.min(0.99, done / Math.max(1, about));
}

/** How much is done: of how much, or about which part. */
export function doneParts(counts: Counts): string[] {
  const { done, total, about, moreThan } = counts;
  if (total !== undefined) return [`${count(done)} of ${count(total)}`];
  const share = about === undefined ? [] : [`${Math.floor((shareOf(counts) ?? 0) * 100)}%`];
  const than = moreThan === undefined ? '' : `, of more than --total ${count(moreThan)}`;
  return [...share, `${count(done)} done${than}`];
}

function workerParts(
  { id, state, inFlight, utilization, rssBytes, heldMs }: WorkerStats,
  hasOwnMemory: boolean,
): string[] {
  return [
    `worker ${String(id).padEnd(3)}`,
    ...(heldMs > 0 ? [styleText('yellow', `held for ${time(heldMs)}`)] : []),
    ...(state === 'ready' ? [] : [state]),
    bar(utilization, 10),
    `${String(Math.round(utilization * 100)).padStart(3)}% busy`,
    `${String(inFlight).padStart(4)} in flight`,
    ...(hasOwnMemory && rssBytes > 0 ? [size(rssBytes).padStart(7)] : []),
  ];
}

/** As many parts as a line has room for. */
function fitting(parts: readonly string[], between: string, columns: number): string {
  let line = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    const longer = `${line}${between}${part}`;
    if (stripVTControlCharacters(longer).length >= columns) break;
    line = longer;
  }
  return line;
}

function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

/** How a run tells how far it is, from what was asked for and where stderr leads. */
export function progressMode(
  { jsonProgress, progress, quiet }: Pick<MapCommandOptions, 'jsonProgress' | 'progress' | 'quiet'>,
  { isTerminal, hasRoom }: Pick<Screen, 'isTerminal' | 'hasRoom'>,
): ProgressMode {
  if (jsonProgress === true) return 'json';
  if (quiet === true && progress !== true) return 'none';
  if (isTerminal) return hasRoom ? 'block' : 'lines';
  return progress === true ? 'lines' : 'start';
}

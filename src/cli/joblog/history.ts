// What a job log tells of a run, brought onto one time line: for reports, of what is running or of what is long over.
import type { Ending, History, Sample, TaskEnd } from '../../report/history.ts';
import { isEnd, isHeader, type EndEntry, type Entry, type HeaderEntry, type SampleEntry } from './entries.ts';
import { scanLog } from './scan.ts';

export class HistoryBuilder {
  #header: HeaderEntry | undefined;
  #ends: TaskEnd[] = [];
  #samples: Sample[] = [];
  #resumedAtMs: number[] = [];
  #ending: Ending = 'unknown';
  /** Where the part that is being told begins: the time between two runs is none of either. */
  #from = 0;
  #until = 0;
  /** Where each run begins that has gone on, by its `at`. */
  readonly #begins = new Map<number, number>();

  static ofLog(file: string): HistoryBuilder {
    const builder = new HistoryBuilder();
    scanLog(file, (entry) => builder.add(entry));
    return builder;
  }

  add(entry: Entry): void {
    if (isEnd(entry)) this.#addEnd(entry);
    else if (isHeader(entry)) this.#addHeader(entry);
    else if (entry.type === 'sample') this.#addSample(entry);
    else if (entry.type === 'rewritten') this.#ends = this.#ends.filter(({ ok }) => ok);
    else if (entry.type === 'end') {
      this.#ending = entry.ending;
      this.#reach(this.#from + entry.at);
    }
  }

  /** Undefined where no run has begun. */
  build(): History | undefined {
    const header = this.#header;
    if (header === undefined) return undefined;
    return {
      fn: header.function,
      files: header.inputs.map(({ file }) => file).filter((file) => file !== '-'),
      startedAt: header.at,
      durationMs: this.#until,
      ending: this.#ending,
      options: [
        ...Object.entries(header.options).map(([name, value]) => [flagOf(name), shown(value)] as const),
        ['on', header.on],
      ],
      ends: lastOfEach(this.#ends),
      samples: this.#samples,
      resumedAtMs: this.#resumedAtMs,
    };
  }

  #addHeader(header: HeaderEntry): void {
    this.#ending = 'unknown';
    if (header.type === 'resume' && this.#header !== undefined) {
      this.#from = this.#until;
      this.#resumedAtMs.push(this.#from);
      this.#begins.set(header.at, this.#from);
      return;
    }
    this.#header = header;
    this.#ends = [];
    this.#samples = [];
    this.#resumedAtMs = [];
    this.#from = this.#until = 0;
    this.#begins.clear();
    this.#begins.set(header.at, 0);
  }

  #addEnd({ seq, input, ok, attempts, worker, at, ms, wait, error, ranIn }: EndEntry): void {
    const from = ranIn === undefined ? undefined : this.#begins.get(ranIn);
    const startMs = (from ?? this.#from) + at;
    this.#ends.push({
      ...{ seq, input, ok, attempts, worker, startMs, ms: ms ?? 0, waitMs: wait ?? 0 },
      ...(ms === undefined && { isUntimed: true }),
      ...(error && { error }),
    });
    this.#reach(startMs + (ms ?? 0));
  }

  #addSample({ at, queued, workers }: SampleEntry): void {
    const atMs = this.#from + at;
    this.#samples.push({
      atMs,
      queued,
      workers: workers.map(([id, inFlight, utilization, lagMs, rssBytes]) => ({
        id,
        inFlight,
        utilization,
        lagMs,
        rssBytes,
      })),
    });
    this.#reach(atMs);
  }

  #reach(atMs: number): void {
    this.#until = Math.max(this.#until, atMs);
  }
}

/** What was run again ended the last time. */
function lastOfEach(ends: readonly TaskEnd[]): readonly TaskEnd[] {
  const last = new Map(ends.map((end) => [end.seq, end]));
  return last.size === ends.length ? ends : ends.filter((end) => last.get(end.seq) === end);
}

/** As it is written: `resumeFailed` is `--resume-failed`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

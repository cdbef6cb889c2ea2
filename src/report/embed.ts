// What a page carries for its charts, in little text: the times of the timeline in whole ticks, the rest as it is.
import { timelineOf, type Timeline } from './aggregate.ts';
import {
  binsPerDecade,
  histogramOf,
  quantilesOf,
  waitsOf,
  type Cell,
  type Histogram,
  type Quantiles,
} from './distribution.ts';
import { encodeNumbers, folded } from './encode.ts';
import { packedFailures, type Failures } from './failure-lists.ts';
import type { History, TaskEnd } from './history.ts';
import { ratesOf, type Rates } from './rates.ts';
import { shortenedLine } from './shortened.ts';
import { visibleLine } from './visible.ts';
import { linesOf, type Lines } from './samples.ts';

export interface PageData {
  readonly spanMs: number;
  readonly resumedAtMs: readonly number[];
  readonly timeline: EncodedTimeline;
  readonly rates: EncodedRates;
  readonly histogram: Histogram | undefined;
  readonly quantiles: Quantiles | undefined;
  readonly binsPerDecade: number;
  /** Empty where every task is told of. */
  readonly waits: readonly Cell[];
  readonly lines: Lines | undefined;
  /** All of each kind, packed. */
  readonly failures: readonly string[];
}

interface EncodedRates {
  readonly stepMs: number;
  readonly ended: string;
  readonly failed: string;
  /** In hundredths. */
  readonly inFlight: string;
}

interface EncodedTimeline {
  readonly bands: readonly {
    readonly rows: number;
    readonly workers: readonly (readonly [id: number, fromMs: number])[];
  }[];
  readonly slotsPerRow: number;
  readonly resolutionMs: number;
  readonly tickMs: number;
  /** How many blocks each row has; then, for all rows together, what each block is. */
  readonly blocks: string;
  /** How long after the one before it in its row each begins, and how long it is, in ticks. */
  readonly starts: string;
  readonly lengths: string;
  readonly counts: string;
  readonly failed: string;
  /** How far from the one before, folded. */
  readonly seqs: string;
  readonly kept: readonly KeptTask[];
}

type KeptTask = readonly [
  seq: number,
  startMs: number,
  /** Null where that is not known, as is the next. */
  ms: number | null,
  waitMs: number | null,
  attempts: number,
  worker: number,
  input: string,
  /** 0 where it did not fail. */
  error: string | 0,
];

const longestInput = 120;
const longestError = 160;

/** The time that all charts over time show: never of no length. */
export function spanOf({ durationMs, ends }: History): number {
  return Math.max(
    1,
    ends.reduce((last, { startMs, ms }) => Math.max(last, startMs + ms), durationMs),
  );
}

export function pageData(history: History, failures: Failures): PageData {
  const { ends, samples, resumedAtMs } = history;
  const spanMs = spanOf(history);
  const timeline = timelineOf(ends, spanMs);
  return {
    spanMs,
    resumedAtMs,
    timeline: encoded(timeline, spanMs),
    rates: encodedRates(ratesOf(ends, spanMs)),
    histogram: histogramOf(ends),
    quantiles: quantilesOf(ends),
    binsPerDecade,
    waits: timeline.kept.length === ends.length ? [] : waitsOf(ends),
    lines: linesOf(samples),
    failures: packedFailures(failures),
  };
}

function encodedRates({ stepMs, ended, failed, inFlight }: Rates): EncodedRates {
  return {
    stepMs,
    ended: encodeNumbers(ended),
    failed: encodeNumbers(failed),
    inFlight: encodeNumbers(inFlight.map((tasks) => Math.round(tasks * 100))),
  };
}

function encoded({ bands, slotsPerRow, resolutionMs, rows, kept }: Timeline, spanMs: number): EncodedTimeline {
  const tickMs = Math.max(0.001, spanMs / 2 ** 22);
  const ticks = (ms: number): number => Math.max(0, Math.round(ms / tickMs));
  const blocks = rows.flat();
  return {
    bands: bands.map((band) => ({ rows: band.rows, workers: band.workers.map(({ id, fromMs }) => [id, fromMs]) })),
    slotsPerRow,
    resolutionMs,
    tickMs,
    blocks: encodeNumbers(rows.map(({ length }) => length)),
    starts: encodeNumbers(
      rows.flatMap((row) => row.map(({ startMs }, at) => ticks(startMs) - ticks(row[at - 1]?.startMs ?? 0))),
    ),
    lengths: encodeNumbers(blocks.map(({ startMs, endMs }) => ticks(endMs) - ticks(startMs))),
    counts: encodeNumbers(blocks.map(({ count }) => count)),
    failed: encodeNumbers(blocks.map(({ failed }) => failed)),
    seqs: encodeNumbers(blocks.map(({ seq }, at) => folded(seq - (blocks[at - 1]?.seq ?? 0)))),
    kept: kept.map(keptTask),
  };
}

function keptTask({ seq, startMs, ms, waitMs, isUntimed, attempts, worker, input, ok, error }: TaskEnd): KeptTask {
  const told = error === undefined ? 'no error on record' : `${error.name}: ${error.message}`;
  return [
    seq,
    startMs,
    isUntimed === true ? null : ms,
    isUntimed === true ? null : waitMs,
    attempts,
    worker,
    visibleLine(shortenedLine(input, longestInput)),
    ok ? 0 : visibleLine(shortenedLine(told, longestError)),
  ];
}

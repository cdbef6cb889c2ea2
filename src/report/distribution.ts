// How long things took: the times that parts of the tasks did not exceed, and how many took about how long.
import type { TaskEnd } from './history.ts';

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Of the tasks that ran; undefined where none did. */
export function quantilesOf(ends: readonly TaskEnd[]): Quantiles | undefined {
  const times = Float64Array.from(ran(ends), ({ ms }) => ms).sort();
  const at = (part: number): number => times[Math.max(0, Math.ceil(part * times.length) - 1)] as number;
  return times.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95), max: at(1) };
}

function ran(ends: readonly TaskEnd[]): readonly TaskEnd[] {
  return ends.every(hasRun) ? ends : ends.filter(hasRun);
}

/** It was given to a worker, and it is known for how long it ran there. */
export function hasRun({ worker, isUntimed }: TaskEnd): boolean {
  return worker !== 0 && isUntimed !== true;
}

/** A bin is a tenth of a decade wide: what is in bin `n` took from 10^(n/10) to 10^((n+1)/10) ms. */
export const binsPerDecade = 10;
/** What took less counts as this. */
const leastMs = 0.01;

function binOf(ms: number): number {
  // Just above, so that what lies on an edge is not moved below it by rounding.
  return Math.floor(Math.log10(Math.max(leastMs, ms)) * binsPerDecade + 1e-9);
}

export interface Histogram {
  /** The bin of the first counts. */
  readonly from: number;
  readonly all: readonly number[];
  readonly failed: readonly number[];
}

export function histogramOf(ends: readonly TaskEnd[]): Histogram | undefined {
  const all = new Map<number, number>();
  const failed = new Map<number, number>();
  for (const { ms, ok } of ran(ends)) {
    const bin = binOf(ms);
    all.set(bin, (all.get(bin) ?? 0) + 1);
    if (!ok) failed.set(bin, (failed.get(bin) ?? 0) + 1);
  }
  if (all.size === 0) return undefined;
  const from = Math.min(...all.keys());
  const bins = Array.from({ length: Math.max(...all.keys()) - from + 1 }, (_, at) => from + at);
  return { from, all: bins.map((bin) => all.get(bin) ?? 0), failed: bins.map((bin) => failed.get(bin) ?? 0) };
}

/** The wait of tasks against their run time, both in bins. */
export type Cell = readonly [waitBin: number, runBin: number, all: number, failed: number];

export function waitsOf(ends: readonly TaskEnd[]): Cell[] {
  const cells = new Map<number, [number, number, number, number]>();
  for (const { waitMs, ms, ok } of ran(ends)) {
    const wait = binOf(waitMs);
    const run = binOf(ms);
    const key = wait * 1_000 + run;
    let cell = cells.get(key);
    if (cell === undefined) cells.set(key, (cell = [wait, run, 0, 0]));
    cell[2]++;
    if (!ok) cell[3]++;
  }
  return [...cells.values()];
}

// Samples of what a long run holds, and whether that is flat.
import { readdirSync, readFileSync } from 'node:fs';

import { footprint } from './footprint.ts';
import type { Load } from './load.ts';

const bytesPerMb = 2 ** 20;

/** What is sampled, and how much more of it the last quarter of a run may have than the second one: a share of it, and something besides. */
const columns = {
  // V8 lets its heap grow before it collects, and keeps pages that it may need again; the allocator does as well.
  'main RSS, MB': { share: 0.1, more: 16 },
  // Nothing is under way as it is sampled, so all of it is kept; and of that only code may become more.
  'main live, MB': { share: 0.1, more: 2 },
  // Somebody may be about to die, or to start, as they are counted: a worker has four, and the listing one.
  'main fds': { share: 0, more: 8 },
  'calm workers RSS, MB': { share: 0.1, more: 12 },
  'calm workers fds': { share: 0, more: 2 },
  // These are young, and some of them younger than others.
  'deadly workers RSS, MB': { share: 0.2, more: 16 },
} satisfies Record<string, { readonly share: number; readonly more: number }>;

type Column = keyof typeof columns;
const names = Object.keys(columns) as Column[];

export interface Sample extends Readonly<Record<Column, number>> {
  readonly minute: number;
}

export async function sample(loads: readonly Load[], minute: number): Promise<Sample> {
  const goOn = await Promise.all(loads.map((load) => load.rest()));
  const { liveBytes, rssBytes } = await footprint();
  for (const each of goOn) each();
  const [calm, deadly] = [pidsOf(loads, false), pidsOf(loads, true)];
  return {
    minute,
    'main RSS, MB': rssBytes / bytesPerMb,
    'main live, MB': liveBytes / bytesPerMb,
    'main fds': descriptorsOf(process.pid) ?? 0,
    'calm workers RSS, MB': mean(calm.map(rssMbOf)),
    'calm workers fds': mean(calm.map(descriptorsOf)),
    'deadly workers RSS, MB': mean(deadly.map(rssMbOf)),
  };
}

/** A line for each sample. */
export function table(samples: readonly Sample[]): string {
  const heads = ['minute', ...names];
  const rows = samples.map((each) => [each.minute.toFixed(1), ...names.map((name) => each[name].toFixed(1))]);
  return [heads, ...rows]
    .map((row) => row.map((cell, at) => cell.padStart(heads[at]?.length ?? 0)).join('  '))
    .join('\n');
}

/** What has grown from the second quarter to the last, by their medians; in words. The first quarter is for warming up. */
export function growths(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  const second = samples.slice(quarter, 2 * quarter);
  const last = samples.slice(samples.length - quarter);
  return names.flatMap((name) => {
    const { share, more } = columns[name];
    const [before, after] = [median(second.map((each) => each[name])), median(last.map((each) => each[name]))];
    const most = before * (1 + share) + more;
    console.log(
      `${name}: ${before.toFixed(1)} in the second quarter, ${after.toFixed(1)} in the last; at most ${most.toFixed(1)}`,
    );
    return after <= most ? [] : [`${name} has grown from ${before.toFixed(1)} to ${after.toFixed(1)}`];
  });
}

function pidsOf(loads: readonly Load[], isDeadly: boolean): number[] {
  const ofProcesses = loads.filter((load) => load.kind === 'process' && load.isDeadly === isDeadly);
  return ofProcesses.flatMap(({ pool }) => pool.stats().workers.flatMap(({ pid }) => pid ?? []));
}

function rssMbOf(pid: number): number | undefined {
  try {
    const kb = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1_024;
  } catch {
    return undefined;
  }
}

function descriptorsOf(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** Of those that are there. */
function mean(numbers: readonly (number | undefined)[]): number {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? 0 : known.reduce((sum, number) => sum + number, 0) / known.length;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}

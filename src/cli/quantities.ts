// Quantities as they are written on the command line: times, sizes, rates, numbers of workers.
import os from 'node:os';

import type { RateOptions } from '../index.ts';
import { UsageError } from './usage-error.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `10s`, `1.5m`, `2h`; a bare number is seconds. In milliseconds. */
export function duration(written: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(written) ?? [];
  const ms = Number(number) * (unitsMs[unit] ?? Number.NaN);
  if (ms > mostMs) throw new UsageError('It takes no more than 24 days.');
  if (ms > 0) return ms;
  throw new UsageError('It takes a time, such as 500ms, 10s or 2m; a bare number is seconds.');
}

/** Timers go no further. */
const mostMs = 24 * 86_400_000;
const defaultMaxBackoffMs = 30_000;

const unitsBytes: Readonly<Record<string, number>> = {
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** `500MB`, `1.5G`, `64KiB`; a bare number is bytes. */
export function size(written: string): number {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?) ?([kmg]?i?b?)$/i.exec(written) ?? [];
  const bytes = Math.round(Number(number) * (unitsBytes[unit.toLowerCase() || 'b'] ?? Number.NaN));
  if (bytes > 0 && bytes < Infinity) return bytes;
  throw new UsageError('It takes a size, such as 500MB, 1.5GB or 64KiB; a bare number is bytes.');
}

/** `500/m`, `10/s`, `100/10s`: so many within a time. */
export function rate(written: string): RateOptions {
  const [, limit, every = ''] = /^(\d+)\/(.+)$/.exec(written) ?? [];
  const isBareUnit = every in unitsMs;
  if (Number(limit) >= 1 && every !== '') {
    try {
      return { limit: Number(limit), intervalMs: duration(isBareUnit ? `1${every}` : every) };
    } catch {
      // It is told below what it takes.
    }
  }
  throw new UsageError('It takes a number within a time, such as 10/s, 500/m or 100/10s.');
}

/** `1s..1m`: from the first to the longest; or the first alone. */
export function backoff(written: string): { initialMs: number; maxMs: number } {
  const [first = '', most = first, ...others] = written.split('..');
  try {
    const initialMs = duration(first);
    const maxMs = written.includes('..') ? duration(most) : Math.max(initialMs, defaultMaxBackoffMs);
    if (others.length === 0 && maxMs >= initialMs) return { initialMs, maxMs };
  } catch {
    // It is told below what it takes.
  }
  throw new UsageError('It takes a time, or a first and a longest one, such as 1s or 500ms..1m.');
}

/** 1 where that cannot be found out. */
export function coreCount(): number {
  try {
    return os.availableParallelism();
  } catch {
    return 1;
  }
}

/** `4`; `50%` of the cores; `+2` or `-1`: so many more or fewer than there are cores. At least one. */
export function workerCount(written: string, cores = coreCount()): number {
  const [, sign = '', number, percent = ''] = /^([+-]?)(\d+(?:\.\d+)?)(%?)$/.exec(written) ?? [];
  const value = Number(number);
  const isWhole = Number.isSafeInteger(value);
  if (percent === '%' && sign === '' && value > 0) return Math.max(1, Math.round((cores * value) / 100));
  if (percent === '' && isWhole && sign === '+') return cores + value;
  if (percent === '' && isWhole && sign === '-') return Math.max(1, cores - value);
  if (percent === '' && isWhole && sign === '' && value >= 1) return value;
  throw new UsageError('It takes a number of workers, a share of the cores, or so many more or fewer: 4, 50%, +1, -1.');
}

export function wholeNumber(least: number): (written: string) => number {
  return (written) => {
    const value = Number(written);
    if (/^\d+$/.test(written) && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`It takes a whole number, ${least} or more.`);
  };
}

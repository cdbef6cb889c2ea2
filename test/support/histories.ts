// Histories of runs that never were, always the same for a seed: workers with slots that take the next input when they have
// ended the last, a few slow tasks, failures of three kinds, a sample each second.
import type { History, Sample, TaskEnd, EndError } from '../../src/report/history.ts';
import { random } from './random.ts';

export interface Shape {
  readonly tasks: number;
  readonly workers?: number;
  readonly slots?: number;
  /** Of a usual task; a few take many times as long. */
  readonly ms?: number;
  readonly failing?: number;
  readonly seed?: number;
}

export function historyOf({ tasks, workers = 4, slots = 16, ms = 120, failing = 0.03, seed = 7 }: Shape): History {
  const chance = random(seed);
  const free = Float64Array.from({ length: workers * slots }, () => 40 + chance() * 30);
  const ends: TaskEnd[] = [];
  for (let seq = 1; seq <= tasks; seq++) {
    const slot = free.reduce((best, at, n) => (at < (free[best] ?? 0) ? n : best), 0);
    const isSlow = chance() < 0.004;
    const usual = ms * Math.exp(normal(chance) * 0.6) * (isSlow ? 4 + chance() * 8 : 1);
    // For a while the other side was down.
    const isDown = Math.abs(seq / tasks - 0.42) < 0.02;
    const kind = chance() < (isDown ? Math.min(1, failing * 10) : failing * 0.65) ? kindOf(chance, isDown) : undefined;
    const took = tenths(kind === 'timeout' ? ms * 10 : kind === 'refused' ? usual / 20 : usual);
    const error = kind === undefined ? undefined : errorOf(kind, chance, seq, ms * 10);
    const startMs = tenths((free[slot] ?? 0) + chance() * 2);
    ends.push({
      seq,
      input: `https://shop.example/products/${10_000 + seq * 7}?page=${1 + Math.floor(chance() * 40)}`,
      ok: error === undefined,
      attempts: error === undefined ? (chance() < 0.02 ? 2 : 1) : 3,
      worker: 1 + Math.floor(slot / slots),
      startMs,
      ms: took,
      waitMs: tenths(Math.min(startMs, (ms / 20) * Math.exp(normal(chance)))),
      ...(error === undefined ? {} : { error }),
    });
    free[slot] = startMs + took;
  }
  ends.sort((a, b) => a.startMs + a.ms - (b.startMs + b.ms));
  const durationMs = Math.ceil(ends.reduce((last, end) => Math.max(last, end.startMs + end.ms), 0)) + 12;
  return {
    fn: './scrape/product.ts#readProduct',
    files: ['products.txt'],
    startedAt: Date.UTC(2026, 10, 3, 9, 12, 40),
    durationMs,
    ending: 'done',
    options: [
      ['--workers', String(workers)],
      ['--concurrency', String(slots)],
      ['--retries', '2'],
      ['--timeout', '10s'],
      ['--joblog', 'products.joblog'],
      ['Node', 'v26.10.0'],
      ['polyloop', '0.1.0'],
    ],
    ends,
    samples: samplesOf(workers, slots, durationMs, chance),
    resumedAtMs: durationMs > 5_000 ? [Math.round(durationMs * 0.62)] : [],
  };
}

function samplesOf(workers: number, slots: number, durationMs: number, chance: () => number): Sample[] {
  return Array.from({ length: Math.floor(durationMs / 1_000) }, (_, at) => ({
    atMs: (at + 1) * 1_000,
    queued: Math.floor(chance() * 100),
    workers: Array.from({ length: workers }, (_worker, n) => ({
      id: n + 1,
      inFlight: slots - Math.floor(chance() * 3),
      utilization: Math.min(1, 0.35 + 0.08 * n + 0.12 * Math.sin(at / 9 + n) + 0.1 * chance()),
      lagMs: tenths(1 + 4 * chance() ** 4 + (chance() < 0.04 ? 60 * chance() : 0)),
      rssBytes: Math.round(
        (78 + 9 * n + 20 * (1 - Math.exp(-at / 30)) + 6 * ((at + 7 * n) % 11 < 5 ? 1 : 0)) * 2 ** 20,
      ),
    })),
  }));
}

type FailureKind = 'timeout' | 'parse' | 'refused';

function kindOf(chance: () => number, isDown: boolean): FailureKind {
  if (isDown) return 'refused';
  return chance() < 0.6 ? 'parse' : 'timeout';
}

function errorOf(kind: FailureKind, chance: () => number, seq: number, timeoutMs: number): EndError {
  const at = (name: string, line: number): string =>
    `    at ${name} (file:///home/ada/scrape/product.ts:${line}:11)\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)`;
  if (kind === 'timeout') {
    const message = `The task did not end within ${timeoutMs} ms.`;
    return { name: 'TaskTimeoutError', message, stack: `TaskTimeoutError: ${message}\n${at('readProduct', 31)}` };
  }
  if (kind === 'parse') {
    const message = `No price in <div class="offer"> of '/products/${10_000 + seq * 7}'`;
    return { name: 'ParseError', message, stack: `ParseError: ${message}\n${at('priceOf', 58)}` };
  }
  const message = `connect ECONNREFUSED 10.1.${Math.floor(chance() * 200)}.7:443`;
  return { name: 'Error', message, stack: `Error: ${message}\n${at('fetchPage', 12)}` };
}

function normal(chance: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

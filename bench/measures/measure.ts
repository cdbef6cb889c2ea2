// What a measure is: so many tasks for one peer, in a process of its own, and the figures that come of it.
import type { PeerName } from '../peers/list.ts';
import type { OpenPool, PoolPeer, PoolShape, Transport } from '../peers/peer.ts';

export type MeasureName =
  | 'submit'
  | 'callers'
  | 'map'
  | 'latency'
  | 'sleeps'
  | 'speedup'
  | 'fresh-spins'
  | 'behind'
  | 'objects'
  | 'buffers'
  | 'pending'
  | 'start'
  | 'handlers';

export interface Measure {
  readonly name: MeasureName;
  /** Stands over its table. */
  readonly title: string;
  readonly tasks: number;
  /** With --quick: about a tenth. */
  readonly quickTasks: number;
  readonly figures: readonly Figure[];
  /** How many times as many rounds as the others, for a figure that differs much from process to process. */
  readonly moreRounds?: number;
  /** Flags that the process which measures needs. */
  readonly nodeFlags?: readonly string[];
  run(peer: PoolPeer, tasks: number): Promise<Figures>;
}

export interface Figure {
  readonly name: string;
  /** With the unit. Empty where the title says it all. */
  readonly label: string;
  readonly better: 'more' | 'less';
  readonly bars?: Partial<Record<Transport, Bar>>;
}

/** What polyloop's figure must reach: a number, or so many times the best of these peers. */
export interface Bar {
  readonly limit: number;
  readonly against?: readonly PeerName[];
  /** The transport that they are taken from. Default: the same. */
  readonly on?: Transport;
}

/** By the names of the measure's figures; those that a peer has no way to are left out. */
export type Figures = Readonly<Record<string, number>>;

export const workers = 2;

/** Where a measure is about how many tiny tasks go through: several at once in a worker are twice as fast for those peers
 *  that have the option, although their own default is one. It is polyloop's default. */
export const throughputShape: PoolShape = { workers, concurrency: 64 };

/** The same bar for both. */
export function onBoth(bar: Bar): Figure['bars'] & object {
  return { thread: bar, process: bar };
}

/** A fresh pool, every worker up. It is closed after; one that hangs then hangs the measure, and is left out. */
export async function withPool<T>(peer: PoolPeer, shape: PoolShape, use: (pool: OpenPool) => Promise<T>): Promise<T> {
  const pool = peer.open(shape);
  await pool.ready();
  const result = await use(pool);
  await pool.close();
  return result;
}

/** How many milliseconds it took. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

export function perSecond(count: number, ms: number): number {
  return (count / ms) * 1_000;
}

/** 0, 1, 2 … */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

export function checkIncremented(results: readonly number[], count: number): void {
  if (results.length !== count || results.some((result, n) => result !== n + 1)) throw new Error('A wrong result.');
}

/** The value below which so large a part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

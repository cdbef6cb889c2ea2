// How many workers a run has: as many as were asked for, but never more than there are inputs for.
import type { Pool, WorkerKind } from '../index.ts';
import { plural, size } from './progress/numbers.ts';
import { coreCount } from './quantities.ts';

export class Crew {
  readonly #pool: Pool;
  readonly #most: number;
  #now = 1;

  /** The pool has one worker at first. */
  constructor(pool: Pool, most: number) {
    this.#pool = pool;
    this.#most = most;
  }

  /** So many inputs have come. */
  grow(inputs: number): void {
    if (this.#now >= this.#most || inputs <= this.#now) return;
    this.#now = Math.min(this.#most, inputs);
    void this.#pool.resize(this.#now);
  }
}

/** More than so many for each core only wait for one another. */
const manyPerCore = 4;
/** What a worker takes that has loaded nothing but polyloop, as it was measured. */
const bytesOf: Readonly<Record<WorkerKind, number>> = { process: 35e6, thread: 22e6, inline: 0 };

/** What is to be said of so many workers; undefined where that is few enough. */
export function tooMany(workers: number, kind: WorkerKind, cores = coreCount()): string | undefined {
  if (workers <= manyPerCore * cores || kind === 'inline') return undefined;
  const what = kind === 'process' ? 'processes' : 'threads';
  return (
    `${workers} ${what} for ${plural(cores, 'core')} take about ${size(workers * bytesOf[kind])} before they load anything. ` +
    'To do more at once in each, raise -c instead.'
  );
}

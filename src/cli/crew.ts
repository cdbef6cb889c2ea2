// How many workers a run has, and how many calls at once: as many as were asked for, but never more workers than there are inputs for.
// Both can be changed while it runs.
import type { Pool, WorkerKind } from '../index.ts';
import type { LiveNumber } from './live-number.ts';
import { plural, size } from './progress/numbers.ts';
import { coreCount } from './quantities.ts';

/** A worker takes no more at once, whatever a file may say later. */
export const mostAtOnce = 1_024;

export interface CrewOf {
  readonly pool: Pick<Pool, 'resize'>;
  readonly workers: Pick<LiveNumber, 'value'>;
  /** How many calls at once in each; undefined where that is the pool's to see to. */
  readonly concurrency: Pick<LiveNumber, 'value'> | undefined;
}

export class Crew {
  readonly #of: CrewOf;
  #inputs = 0;
  #now = 1;

  /** The pool has one worker at first. */
  constructor(of: CrewOf) {
    this.#of = of;
  }

  /** So many calls may be under way. */
  get mostUnderWay(): number {
    const { workers, concurrency } = this.#of;
    return concurrency === undefined ? Infinity : concurrency.value * workers.value;
  }

  /** So many inputs have come. */
  grow(inputs: number): void {
    this.#inputs = inputs;
    if (inputs > this.#now) this.fit();
  }

  /** As many workers as there are to be now. */
  fit(): void {
    const { pool, workers } = this.#of;
    const count = Math.max(1, Math.min(workers.value, this.#inputs));
    if (count === this.#now) return;
    this.#now = count;
    void pool.resize(count);
  }

  /** What it is now, in words. */
  get described(): string {
    const { workers, concurrency } = this.#of;
    const each = concurrency === undefined ? '' : `, ${concurrency.value} at once in each`;
    return `${plural(workers.value, 'worker')}${each}`;
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

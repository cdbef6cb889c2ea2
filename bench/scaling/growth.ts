// What a task costs when there are ever more of them: from a generator, through `map`, read one by one. Nothing is kept,
// so neither the time for each nor the memory may grow.
import { Pool, tasks } from '../peers/polyloop-code.ts';
import { workers } from '../measures/measure.ts';

const warmTasks = 50_000;
/** How often, in tasks, the memory is read: often enough for the peak, too seldom to be felt. */
const readEvery = 16_384;

export interface Growth {
  readonly nsEach: number;
  /** Peak over what it was before, of the caller; with threads, of the workers too, which are in its memory. */
  readonly callerMb: number;
  /** Of all worker processes together, after the last task. */
  readonly workersMb?: number;
}

export async function measureGrowth(kind: 'thread' | 'process', count: number): Promise<Growth> {
  const pool = new Pool({ kind, workers });
  await readAll(pool, warmTasks);
  globalThis.gc?.();
  const callerBefore = process.memoryUsage.rss();
  const workersBefore = await workersRss(pool);

  const startedAt = performance.now();
  const peak = await readAll(pool, count);
  const ms = performance.now() - startedAt;

  const workersAfter = await workersRss(pool);
  await pool.close();
  return {
    nsEach: (ms * 1e6) / count,
    callerMb: (peak - callerBefore) / 2 ** 20,
    ...(kind === 'process' && { workersMb: (workersAfter - workersBefore) / 2 ** 20 }),
  };
}

/** Returns the most memory that this process had meanwhile. */
async function readAll(pool: Pool, count: number): Promise<number> {
  let seen = 0;
  let peak = process.memoryUsage.rss();
  for await (const result of pool.map(tasks.increment, upTo(count))) {
    if (result !== ++seen) throw new Error('A wrong result.');
    if (seen % readEvery === 0) peak = Math.max(peak, process.memoryUsage.rss());
  }
  if (seen !== count) throw new Error(`${seen} results of ${count} tasks.`);
  return Math.max(peak, process.memoryUsage.rss());
}

function* upTo(count: number): Generator<number> {
  for (let n = 0; n < count; n++) yield n;
}

async function workersRss(pool: Pool): Promise<number> {
  const each = await pool.broadcast(tasks.residentBytes, null);
  return each.reduce((sum, bytes) => sum + bytes, 0);
}

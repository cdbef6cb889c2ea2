// How many values a second one stream yields, and eight at once: were each a message of its own, it would be some ten thousand.
import { Pool, tasks } from '../peers/polyloop-code.ts';
import { perSecond, timed, workers } from '../measures/measure.ts';

const warmValues = 20_000;
const atOnce = 8;

export interface Streams {
  readonly oneRate: number;
  /** Of all of them together. */
  readonly manyRate: number;
}

export async function measureStreams(kind: 'thread' | 'process', count: number): Promise<Streams> {
  const pool = new Pool({ kind, workers });
  await Promise.all(Array.from({ length: atOnce }, () => readStream(pool, warmValues)));
  const oneMs = await timed(() => readStream(pool, count));
  const each = Math.ceil(count / atOnce);
  const manyMs = await timed(() => Promise.all(Array.from({ length: atOnce }, () => readStream(pool, each))));
  await pool.close();
  return { oneRate: perSecond(count, oneMs), manyRate: perSecond(each * atOnce, manyMs) };
}

async function readStream(pool: Pool, count: number): Promise<void> {
  let seen = 0;
  for await (const value of pool.stream(tasks.countTo, count)) {
    if (value !== seen++) throw new Error('A wrong value.');
  }
  if (seen !== count) throw new Error(`${seen} values of ${count}.`);
}

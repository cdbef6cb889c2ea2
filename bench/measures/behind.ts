import type { OpenPool } from '../peers/peer.ts';
import { onBoth, withPool, workers, type Measure } from './measure.ts';

const longMs = 2_500;
const shortMs = 0.1;

export const behind: Measure = {
  name: 'behind',
  title: '100 tasks of 0.1 ms right behind one that computes for 2.5 s, concurrency 8: how many end before it does',
  tasks: 100,
  quickTasks: 100,
  figures: [
    { name: 'fresh', label: 'the first of their function', better: 'more', bars: onBoth({ limit: 97 }) },
    { name: 'known', label: 'after 200 that were short', better: 'more' },
  ],
  run: (peer, tasks) =>
    withPool(peer, { workers, concurrency: 8 }, async (pool) => {
      const fresh = await endedBefore(pool, tasks);
      const spin = pool.call('spin');
      await Promise.all(Array.from({ length: 200 }, () => spin(shortMs)));
      return { fresh, known: await endedBefore(pool, tasks) };
    }),
};

async function endedBefore(pool: OpenPool, tasks: number): Promise<number> {
  const spin = pool.call('spin');
  let ended = 0;
  const long = spin(longMs).then(() => ended);
  const short = Array.from({ length: tasks }, async () => {
    await spin(shortMs);
    ended++;
  });
  const before = await long;
  await Promise.all(short);
  return before;
}

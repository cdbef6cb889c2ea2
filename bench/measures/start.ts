import type { PoolPeer } from '../peers/peer.ts';
import { median, type Measure } from './measure.ts';

export const start: Measure = {
  name: 'start',
  title: 'From `new Pool` to the first result: ms (median of 5 pools, one after another)',
  tasks: 5,
  quickTasks: 1,
  figures: [
    { name: 'one', label: '1 worker', better: 'less' },
    { name: 'two', label: '2 workers', better: 'less' },
  ],
  async run(peer, tasks) {
    const one: number[] = [];
    const two: number[] = [];
    for (let n = 0; n < tasks; n++) {
      one.push(await firstResult(peer, 1));
      two.push(await firstResult(peer, 2));
    }
    return { one: median(one), two: median(two) };
  },
};

/** A call for each worker, so that a pool that starts workers only with work starts them all. */
async function firstResult(peer: PoolPeer, workers: number): Promise<number> {
  const startedAt = performance.now();
  const pool = peer.open({ workers });
  const increment = pool.call('increment');
  const calls = Array.from({ length: workers }, (_, n) => increment(n));
  await Promise.race(calls);
  const ms = performance.now() - startedAt;
  await Promise.all(calls);
  await pool.close();
  return ms;
}

import { nodePools } from '../peers/list.ts';
import type { OpenPool } from '../peers/peer.ts';
import { onBoth, perSecond, throughputShape, timed, withPool, type Measure } from './measure.ts';

const callersAtOnce = 256;

export const callers: Measure = {
  name: 'callers',
  title: '256 callers, each of which awaits its call before the next, 200,000 calls together: tasks/s',
  tasks: 200_000,
  quickTasks: 20_000,
  figures: [{ name: 'rate', label: '', better: 'more', bars: onBoth({ limit: 5, against: nodePools }) }],
  run: (peer, tasks) =>
    withPool(peer, throughputShape, async (pool) => {
      await callInTurn(pool, tasks >> 3);
      return { rate: perSecond(tasks, await timed(() => callInTurn(pool, tasks))) };
    }),
};

async function callInTurn(pool: OpenPool, tasks: number): Promise<void> {
  const increment = pool.call('increment');
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < tasks) {
      const n = next++;
      if ((await increment(n)) !== n + 1) throw new Error('A wrong result.');
    }
  };
  await Promise.all(Array.from({ length: callersAtOnce }, caller));
}

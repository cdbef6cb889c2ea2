import { onBoth, timed, workers, type Measure } from './measure.ts';

const taskMs = 100;
const idealMs = (16 * taskMs) / workers;

export const freshSpins: Measure = {
  name: 'fresh-spins',
  title: '16 tasks that compute for 100 ms, the first of their function, concurrency 64: ms (800 at best)',
  tasks: 16,
  quickTasks: 16,
  figures: [
    { name: 'warm', label: 'workers up', better: 'less', bars: onBoth({ limit: 1.1 * idealMs }) },
    { name: 'cold', label: 'with the start of the pool', better: 'less' },
  ],
  async run(peer, tasks) {
    const open = () => peer.open({ workers, concurrency: 64 });
    const spinAll = async (pool: ReturnType<typeof open>): Promise<void> => {
      const spin = pool.call('spin');
      await Promise.all(Array.from({ length: tasks }, () => spin(taskMs)));
    };

    const pool = open();
    await pool.ready();
    // A pool that has learned something, but of another function.
    await Promise.all(Array.from({ length: 100 }, (_, n) => pool.call('increment')(n)));
    const warm = await timed(() => spinAll(pool));
    await pool.close();

    let coldPool = pool;
    const cold = await timed(async () => {
      coldPool = open();
      await spinAll(coldPool);
    });
    await coldPool.close();
    return { warm, cold };
  },
};

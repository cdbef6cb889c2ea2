import { onBoth, timed, withPool, type Measure } from './measure.ts';

const taskMs = 1;

export const speedup: Measure = {
  name: 'speedup',
  title: '1,500 tasks that compute for 1 ms, on 1 and on 2 workers: how many times as fast',
  tasks: 1_500,
  quickTasks: 150,
  figures: [{ name: 'speedup', label: '', better: 'more', bars: onBoth({ limit: 1.8 }) }],
  async run(peer, tasks) {
    const on = (workers: number): Promise<number> =>
      withPool(peer, { workers }, async (pool) => {
        const spin = pool.call('spin');
        const all = (count: number) => Promise.all(Array.from({ length: count }, () => spin(taskMs)));
        await all(20);
        return timed(() => all(tasks));
      });
    const one = await on(1);
    return { speedup: one / (await on(2)) };
  },
};

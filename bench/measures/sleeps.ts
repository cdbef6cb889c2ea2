import { onBoth, timed, withPool, workers, type Measure } from './measure.ts';

export const sleepMs = 100;
/** In each worker. */
export const sleepsAtOnce = 20_000;

const bars = onBoth({ limit: 1_200 });

export const sleeps: Measure = {
  name: 'sleeps',
  title: '100,000 sleeps of 100 ms, 20,000 at once in each worker: ms (300 at best)',
  tasks: 100_000,
  quickTasks: 10_000,
  figures: [
    { name: 'run', label: 'each by `run`, all at once', better: 'less', bars },
    { name: 'map', label: 'by `map`', better: 'less', bars },
  ],
  run: (peer, tasks) =>
    withPool(peer, { workers, concurrency: sleepsAtOnce }, async (pool) => {
      const sleep = pool.call('sleep');
      const { map } = pool;
      const durations = Array.from({ length: tasks }, () => sleepMs);
      const warm = durations.slice(0, 1_000);
      await Promise.all(warm.map(sleep));
      const byRun = await timed(() => Promise.all(durations.map(sleep)));
      if (map === undefined) return { run: byRun };
      await map('sleep', warm);
      return { run: byRun, map: await timed(() => map('sleep', durations)) };
    }),
};

import { quantile, timed, withPool, workers, type Bar, type Measure } from './measure.ts';

const warmCalls = 1_000;
const bars: { thread: Bar; process: Bar } = {
  thread: { limit: 1.1, against: ['piscina'] },
  process: { limit: 1.1, against: ['bare'] },
};

export const latency: Measure = {
  name: 'latency',
  title: 'One call alone, 5,000 of them one after another: µs from call to result',
  tasks: 5_000,
  quickTasks: 500,
  // Where the kernel happens to put both ends on one core, a call takes half as long, for as long as the process lives.
  moreRounds: 3,
  figures: [
    { name: 'p50', label: 'p50', better: 'less', bars },
    { name: 'p99', label: 'p99', better: 'less' },
  ],
  run: (peer, tasks) =>
    withPool(peer, { workers }, async (pool) => {
      const increment = pool.call('increment');
      for (let n = 0; n < warmCalls; n++) await increment(n);
      const took: number[] = [];
      for (let n = 0; n < tasks; n++) took.push((await timed(() => increment(n))) * 1_000);
      return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
    }),
};

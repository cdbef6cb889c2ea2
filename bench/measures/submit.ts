import { nodePools } from '../peers/list.ts';
import {
  checkIncremented,
  numbers,
  onBoth,
  perSecond,
  throughputShape,
  timed,
  withPool,
  type Measure,
} from './measure.ts';

export const submit: Measure = {
  name: 'submit',
  title: '200,000 calls submitted at once, then all awaited: tasks/s',
  tasks: 200_000,
  quickTasks: 20_000,
  figures: [{ name: 'rate', label: '', better: 'more', bars: onBoth({ limit: 8, against: nodePools }) }],
  run: (peer, tasks) =>
    withPool(peer, throughputShape, async (pool) => {
      const increment = pool.call('increment');
      await Promise.all(numbers(tasks >> 3).map(increment));

      let results: number[] = [];
      const ms = await timed(async () => {
        const pending: Promise<number>[] = [];
        for (let n = 0; n < tasks; n++) pending.push(increment(n));
        results = await Promise.all(pending);
      });
      checkIncremented(results, tasks);
      return { rate: perSecond(tasks, ms) };
    }),
};

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

export const map: Measure = {
  name: 'map',
  title: '`map` over 1,000,000 numbers, into an array: tasks/s',
  tasks: 1_000_000,
  quickTasks: 100_000,
  // Python's sends chunks of 1/8 of the inputs. Threads are held to it too, for it has nothing like them.
  figures: [
    { name: 'rate', label: '', better: 'more', bars: onBoth({ limit: 1, against: ['python-pool'], on: 'process' }) },
  ],
  run: (peer, tasks) =>
    withPool(peer, throughputShape, async ({ map: mapAll }) => {
      if (mapAll === undefined) throw new Error(`${peer.name} has no map.`);
      const inputs = numbers(tasks);
      await mapAll('increment', inputs.slice(0, tasks >> 3));

      let results: number[] = [];
      const ms = await timed(async () => {
        results = await mapAll('increment', inputs);
      });
      checkIncremented(results, tasks);
      return { rate: perSecond(tasks, ms) };
    }),
};

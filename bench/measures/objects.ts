import { perSecond, throughputShape, timed, withPool, type Measure } from './measure.ts';

/** About 1 KB as JSON. */
const record = (id: number) => ({
  id,
  name: `record ${id}`,
  isActive: id % 2 === 0,
  ratio: id / 3,
  tags: ['first', 'second', 'third'],
  place: { city: 'Ōsaka', latitude: 34.69, longitude: 135.5 },
  scores: [1, 2, 3, 4, 5, 6, 7, 8],
  text: 'a line of some forty characters, no more. '.repeat(19),
});

export const objects: Measure = {
  name: 'objects',
  title: '20,000 objects of 1 KB there and back, submitted at once: tasks/s',
  tasks: 20_000,
  quickTasks: 2_000,
  figures: [{ name: 'rate', label: '', better: 'more' }],
  run: (peer, tasks) =>
    withPool(peer, throughputShape, async (pool) => {
      const echo = pool.call('echo');
      const inputs = Array.from({ length: tasks }, (_, id) => record(id));
      const echoAll = (some: readonly unknown[]) => Promise.all(some.map(echo));
      await echoAll(inputs.slice(0, tasks >> 3));

      let results: unknown[] = [];
      const ms = await timed(async () => {
        results = await echoAll(inputs);
      });
      const last = results.at(-1);
      if (JSON.stringify(last) !== JSON.stringify(inputs.at(-1))) throw new Error('A wrong result.');
      return { rate: perSecond(tasks, ms) };
    }),
};

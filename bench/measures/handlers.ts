import { perSecond, timed, withPool, workers, type Measure } from './measure.ts';

export const handlerMs = 1;
/** In each worker. */
export const handlersAtOnce = 64;

export const handlers: Measure = {
  name: 'handlers',
  title: '1,000 async handlers that wait 1 ms, then compute for 1 ms, concurrency 64: tasks/s (2,000 at best)',
  tasks: 1_000,
  quickTasks: 200,
  figures: [{ name: 'rate', label: '', better: 'more' }],
  run: (peer, tasks) =>
    withPool(peer, { workers, concurrency: handlersAtOnce }, async (pool) => {
      const handle = pool.call('waitThenSpin');
      const all = (count: number) => Promise.all(Array.from({ length: count }, () => handle(handlerMs)));
      await all(50);
      return { rate: perSecond(tasks, await timed(() => all(tasks))) };
    }),
};

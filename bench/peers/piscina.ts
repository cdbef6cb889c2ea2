import { fileURLToPath } from 'node:url';

import { FixedQueue, Piscina } from 'piscina';

import { everyWorkerAnswered, nodePoolMeasures, type Output, type PoolPeer, type TaskName } from './peer.ts';

export const peers: PoolPeer[] = [
  {
    how: 'pool',
    name: 'piscina',
    transport: 'thread',
    measures: [...nodePoolMeasures, 'sleeps'],
    open({ workers, concurrency }) {
      const pool = new Piscina<unknown, unknown>({
        filename: fileURLToPath(new URL('./tasks.mjs', import.meta.url)),
        name: 'increment',
        minThreads: workers,
        maxThreads: workers,
        // As its README says for many tasks in the queue, and where nobody reads the histograms.
        taskQueue: new FixedQueue(),
        recordTiming: false,
        ...(concurrency !== undefined && { concurrentTasksPerWorker: concurrency }),
      });
      const call = <Name extends TaskName>(name: Name) => {
        const options = { name };
        return (input: unknown) => pool.run(input, options) as Promise<Output<Name>>;
      };
      return {
        ready: () => everyWorkerAnswered(() => call('who')(null), workers),
        call,
        close: () => pool.destroy(),
      };
    },
  },
];

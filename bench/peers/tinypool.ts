import { fileURLToPath } from 'node:url';

import { Tinypool } from 'tinypool';

import { everyWorkerAnswered, nodePoolMeasures, type Output, type PoolPeer, type TaskName } from './peer.ts';

const tinypool = (transport: 'thread' | 'process'): PoolPeer => ({
  how: 'pool',
  name: 'tinypool',
  transport,
  measures: [...nodePoolMeasures, 'sleeps'],
  fewerTasks: { submit: 50_000, callers: 50_000 },
  open({ workers, concurrency, hasBuffers = false }) {
    const pool = new Tinypool({
      filename: fileURLToPath(new URL('./tasks.mjs', import.meta.url)),
      name: 'increment',
      runtime: transport === 'thread' ? 'worker_threads' : 'child_process',
      minThreads: workers,
      maxThreads: workers,
      // Its atomics let a worker sleep between two tasks, which is for workers that have one at a time; with more of
      // them it is half as fast.
      ...(concurrency !== undefined && { concurrentTasksPerWorker: concurrency, useAtomics: false }),
      ...(hasBuffers && { serialization: 'advanced' }),
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
});

export const peers = [tinypool('thread'), tinypool('process')];

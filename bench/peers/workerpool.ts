// It runs one task at a time in a worker, always; so no sleeps by the ten thousand.
import { fileURLToPath } from 'node:url';

import workerpool from 'workerpool';

import { everyWorkerAnswered, nodePoolMeasures, type Output, type PoolPeer, type TaskName } from './peer.ts';

const peer = (transport: 'thread' | 'process'): PoolPeer => ({
  how: 'pool',
  name: 'workerpool',
  transport,
  measures: nodePoolMeasures,
  fewerTasks: { submit: 50_000, callers: 50_000 },
  open({ workers, hasBuffers = false }) {
    const pool = workerpool.pool(fileURLToPath(new URL('./workerpool-worker.mjs', import.meta.url)), {
      workerType: transport,
      minWorkers: workers,
      maxWorkers: workers,
      ...(hasBuffers && { forkOpts: { serialization: 'advanced' } }),
    });
    const call =
      <Name extends TaskName>(name: Name) =>
      (input: unknown) =>
        pool.exec(name, [input]) as Promise<Output<Name>>;
    return {
      ready: () => everyWorkerAnswered(() => call('who')(null), workers),
      call,
      close: async () => await pool.terminate(),
    };
  },
});

export const peers = [peer('thread'), peer('process')];

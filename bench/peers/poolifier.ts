// Nobody listens to its events. Without its tasks queue (its default, and faster) it hands every task to a worker at once; so `concurrency` is not
// for it: it is whatever was submitted.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { FixedClusterPool, FixedThreadPool } from 'poolifier';

import { everyWorkerAnswered, nodePoolMeasures, type Output, type PoolPeer, type TaskName } from './peer.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const poolifier = (transport: 'thread' | 'process'): PoolPeer => ({
  how: 'pool',
  name: 'poolifier',
  transport,
  measures: [...nodePoolMeasures, 'map', 'sleeps'],
  fewerTasks: { map: 100_000 },
  open({ workers, hasBuffers = false }) {
    const pool =
      transport === 'thread'
        ? new FixedThreadPool<unknown, unknown>(workers, file('./poolifier-thread.mjs'), { enableEvents: false })
        : new FixedClusterPool<unknown, unknown>(workers, file('./poolifier-cluster.mjs'), {
            enableEvents: false,
            ...(hasBuffers && { settings: { serialization: 'advanced' } }),
          });
    const call =
      <Name extends TaskName>(name: Name) =>
      (input: unknown) =>
        pool.execute(input, name) as Promise<Output<Name>>;
    return {
      ready: () => everyWorkerAnswered(() => call('who')(null), workers),
      call,
      map: <Name extends TaskName>(name: Name, inputs: readonly unknown[]) =>
        pool.mapExecute(inputs, name) as Promise<Output<Name>[]>,
      // In one of ten times its `destroy` never resolves, although every worker is gone. That is no reason to lose what
      // was measured before.
      close: () => Promise.race([pool.destroy(), sleep(1_000)]),
    };
  },
});

export const peers = [poolifier('thread'), poolifier('process')];

// Without its tasks queue, as is its default: every task goes to a worker at once. With it where tasks are to wait.
import { fileURLToPath } from 'node:url';

import { FixedClusterPool, FixedThreadPool, PoolEvents } from 'poolifier';

import { ImageError } from '../tasks/image-error.mjs';
import { ignore, signalOf, type Peer } from './peer.ts';

const poolifier = (on: Peer['on']): Peer => ({
  name: 'poolifier',
  on,
  sharesWorkers: true,
  lacks: {},
  ImageError,
  open({ workers, atOnce = 1, module = 'tasks', queues = false, closesGently = false }) {
    const worker = on === 'thread' ? './poolifier-thread.mjs' : './poolifier-cluster.mjs';
    const file = fileURLToPath(new URL(module === 'tasks' ? worker : `../tasks/${module}.mjs`, import.meta.url));
    const options = {
      enableTasksQueue: queues,
      ...(queues && {
        // `destroy` waits for what it has, by default for 2 s.
        tasksQueueOptions: { concurrency: atOnce, ...(closesGently && { tasksFinishedTimeout: 10_000 }) },
      }),
    };
    const pool =
      on === 'thread'
        ? new FixedThreadPool<unknown, unknown>(workers, file, options)
        : new FixedClusterPool<unknown, unknown>(workers, file, {
            ...options,
            settings: { serialization: 'advanced' },
          });
    pool.emitter?.on(PoolEvents.error, ignore);
    return {
      run: (name, input, options = {}) => pool.execute(input, name, signalOf(options).signal),
      close: () => pool.destroy(),
      terminate: () => pool.destroy(),
    };
  },
});

export const peers = [poolifier('process'), poolifier('thread')];

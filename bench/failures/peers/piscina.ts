import { fileURLToPath } from 'node:url';

import { Piscina } from 'piscina';

import { ImageError } from '../tasks/image-error.mjs';
import { ignore, signalOf, type Peer } from './peer.ts';

export const peers: Peer[] = [
  {
    name: 'piscina',
    on: 'thread',
    sharesWorkers: true,
    lacks: {},
    ImageError,
    open({ workers, atOnce = 1, module = 'tasks', leavesTimers = false }) {
      const pool = new Piscina<unknown, unknown>({
        filename: fileURLToPath(new URL(`../tasks/${module}.mjs`, import.meta.url)),
        name: 'increment',
        minThreads: workers,
        maxThreads: workers,
        concurrentTasksPerWorker: atOnce,
        // Its README: by default what a task leaves behind stands still until the next task comes.
        ...(leavesTimers && { atomics: 'disabled' }),
      });
      pool.on('error', ignore);
      return {
        run: (name, input, options = {}) => pool.run(input, { name, ...signalOf(options) }),
        close: () => pool.close(),
        terminate: () => pool.destroy(),
      };
    },
  },
];

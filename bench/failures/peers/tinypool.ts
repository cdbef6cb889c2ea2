import { fileURLToPath } from 'node:url';

import { Tinypool } from 'tinypool';

import { ImageError } from '../tasks/image-error.mjs';
import { ignore, signalOf, type Peer } from './peer.ts';

const tinypool = (on: Peer['on']): Peer => ({
  name: 'tinypool',
  on,
  sharesWorkers: true,
  lacks: { close: 'it has `destroy` only' },
  ImageError,
  open({ workers, atOnce = 1, module = 'tasks', leavesTimers = false, tellsOfItsEnd = false }) {
    const pool = new Tinypool({
      filename: fileURLToPath(
        new URL(tellsOfItsEnd ? './tinypool-tasks.mjs' : `../tasks/${module}.mjs`, import.meta.url),
      ),
      name: 'increment',
      runtime: on === 'thread' ? 'worker_threads' : 'child_process',
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: atOnce,
      // By default its processes are started with an empty environment, and would not know where to log.
      ...(on === 'process' && { serialization: 'advanced', env: process.env as Record<string, string> }),
      // The only word that a worker has of its end. Not elsewhere: one whose loop is held would never be ended.
      ...(tellsOfItsEnd && { teardown: 'teardown' }),
      ...(leavesTimers && { useAtomics: false }),
    });
    pool.on('error', ignore);
    return {
      run: (name, input, options = {}) => pool.run(input, { name, ...signalOf(options) }) as Promise<unknown>,
      terminate: () => pool.destroy(),
    };
  },
});

export const peers = [tinypool('process'), tinypool('thread')];

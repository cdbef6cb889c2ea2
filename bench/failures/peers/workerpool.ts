// It has no signals: a promise has `cancel` and `timeout`, and a task hears of both by `this.worker.addAbortListener`.
import { fileURLToPath } from 'node:url';

import workerpool from 'workerpool';

import { ImageError } from '../tasks/image-error.mjs';
import type { Peer } from './peer.ts';

const peer = (on: Peer['on']): Peer => ({
  name: 'workerpool',
  on,
  sharesWorkers: false,
  lacks: { signal: 'it has no signals' },
  ImageError,
  open({ workers, module = 'tasks' }) {
    const file = module === 'tasks' ? './workerpool-worker.mjs' : `../tasks/${module}.mjs`;
    const pool = workerpool.pool(fileURLToPath(new URL(file, import.meta.url)), {
      workerType: on,
      minWorkers: workers,
      maxWorkers: workers,
      ...(on === 'process' && { forkOpts: { serialization: 'advanced' } }),
    });
    return {
      async run(name, input, { signal, timeoutMs } = {}) {
        const promise = pool.exec(name, [input]);
        signal?.addEventListener('abort', () => {
          promise.cancel();
        });
        return (await (timeoutMs === undefined ? promise : promise.timeout(timeoutMs))) as unknown;
      },
      close: async () => await pool.terminate(),
      terminate: async () => await pool.terminate(true),
    };
  },
});

export const peers = [peer('process'), peer('thread')];

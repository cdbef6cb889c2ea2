import { fileURLToPath } from 'node:url';

import workerpool from 'workerpool';

import { workers, type Peer, type PeerTransport } from './peer.ts';

const peer = (transport: PeerTransport): Peer => ({
  name: 'workerpool',
  transport,
  async open() {
    const pool = workerpool.pool(fileURLToPath(new URL('./workerpool-worker.mjs', import.meta.url)), {
      workerType: transport,
      minWorkers: workers,
      maxWorkers: workers,
    });
    const run = (n: number): Promise<number> => pool.exec('increment', [n]);
    await Promise.all([run(1), run(1)]);
    return { run, close: () => pool.terminate() as unknown as Promise<unknown> };
  },
});

export const peers = [peer('thread'), peer('process')];

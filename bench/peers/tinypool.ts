import { fileURLToPath } from 'node:url';

import { Tinypool } from 'tinypool';

import { workers, type Peer, type PeerTransport } from './peer.ts';

const tinypool = (transport: PeerTransport): Peer => ({
  name: 'tinypool',
  transport,
  async open() {
    const pool = new Tinypool({
      filename: fileURLToPath(new URL('./task.mjs', import.meta.url)),
      runtime: transport === 'thread' ? 'worker_threads' : 'child_process',
      minThreads: workers,
      maxThreads: workers,
    });
    const run = (n: number): Promise<number> => pool.run(n) as Promise<number>;
    await Promise.all([run(1), run(1)]);
    return { run, close: () => pool.destroy() };
  },
});

export const peers = [tinypool('thread'), tinypool('process')];

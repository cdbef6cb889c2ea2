import { fileURLToPath } from 'node:url';

import { FixedClusterPool, FixedThreadPool } from 'poolifier';

import { workers, type Peer, type PeerTransport } from './peer.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const poolifier = (transport: PeerTransport): Peer => ({
  name: 'poolifier',
  transport,
  async open() {
    const pool =
      transport === 'thread'
        ? new FixedThreadPool<number, number>(workers, file('./poolifier-thread.mjs'))
        : new FixedClusterPool<number, number>(workers, file('./poolifier-cluster.mjs'));
    const run = (n: number): Promise<number> => pool.execute(n);
    await Promise.all([run(1), run(1)]);
    return { run, close: () => pool.destroy() };
  },
});

export const peers = [poolifier('thread'), poolifier('process')];

import { fileURLToPath } from 'node:url';

import { Piscina } from 'piscina';

import { workers, type Peer } from './peer.ts';

export const peers: Peer[] = [
  {
    name: 'piscina',
    transport: 'thread',
    async open() {
      const pool = new Piscina<number, number>({
        filename: fileURLToPath(new URL('./task.mjs', import.meta.url)),
        minThreads: workers,
        maxThreads: workers,
      });
      await Promise.all([pool.run(1), pool.run(1)]);
      return { run: (n) => pool.run(n), close: () => pool.destroy() };
    },
  },
];

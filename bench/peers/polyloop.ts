import { Pool, task } from '../../src/index.ts';
import { workers, type Peer, type PeerTransport } from './peer.ts';

const increment = task(import.meta, function increment(n: number): number {
  return n + 1;
});

const polyloop = (transport: PeerTransport): Peer => ({
  name: 'polyloop',
  transport,
  async open() {
    const pool = new Pool({ kind: transport, workers });
    await pool.broadcast(increment, 1);
    return {
      run: (n) => pool.run(increment, n),
      map: (inputs) => pool.map(increment, inputs).toArray(),
      close: () => pool.close(),
    };
  },
});

export const peers = [polyloop('thread'), polyloop('process')];

// Who takes part, and which file has them. A file is loaded only where its peer is measured: another pool's modules in
// the same process would be in its heap too.
import type { Peer } from './peer.ts';

const files = {
  polyloop: 'polyloop',
  piscina: 'piscina',
  tinypool: 'tinypool',
  workerpool: 'workerpool',
  poolifier: 'poolifier',
  'p-map': 'p-map',
  'python-pool': 'python',
  'python-executor': 'python',
  bare: 'bare',
} as const;

export type PeerName = keyof typeof files;
export const peerNames = Object.keys(files) as PeerName[];

/** The other pools of Node, which the bars are about. */
export const nodePools: readonly PeerName[] = ['piscina', 'tinypool', 'workerpool', 'poolifier'];

/** A peer, once for each transport it has. */
export async function loadPeer(name: PeerName): Promise<Peer[]> {
  const { peers } = (await import(`./${files[name]}.ts`)) as { peers: readonly Peer[] };
  return peers.filter((peer) => peer.name === name);
}

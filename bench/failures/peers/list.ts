// Who is asked, and which file has them. A file is loaded only in the process that asks its peer.
import type { Peer } from './peer.ts';

export interface Contestant {
  readonly name: 'polyloop' | 'piscina' | 'tinypool' | 'workerpool' | 'poolifier' | 'python-pool' | 'python-executor';
  readonly on: Peer['on'];
}

export const contestants: readonly Contestant[] = [
  { name: 'polyloop', on: 'process' },
  { name: 'polyloop', on: 'thread' },
  { name: 'piscina', on: 'thread' },
  { name: 'tinypool', on: 'process' },
  { name: 'tinypool', on: 'thread' },
  { name: 'workerpool', on: 'process' },
  { name: 'workerpool', on: 'thread' },
  { name: 'poolifier', on: 'process' },
  { name: 'poolifier', on: 'thread' },
  { name: 'python-pool', on: 'process' },
  { name: 'python-executor', on: 'process' },
];

export function isPython({ name }: Contestant): boolean {
  return name.startsWith('python');
}

export async function loadPeer(name: string, on: string): Promise<Peer> {
  const { peers } = (await import(`./${name}.ts`)) as { peers: readonly Peer[] };
  const peer = peers.find((each) => each.on === on);
  if (peer === undefined) throw new Error(`There is no ${name} over a ${on}.`);
  return peer;
}

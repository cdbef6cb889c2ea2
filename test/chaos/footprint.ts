// What this process holds: children, handles, listeners, file descriptors, memory. To be compared before and after.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { holdings } from '../scenario/fault-matrix/left-behind.ts';

export interface Footprint {
  readonly holdings: string;
  /** What is referenced: V8's heap, and memory outside of it that belongs to what is in there. */
  readonly liveBytes: number;
  /** What the operating system has given us. */
  readonly rssBytes: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** After all garbage is collected: also that which only a finalizer lets go, and buffers, which V8 frees in a thread of its own. */
export async function footprint(): Promise<Footprint> {
  for (let left = 3; left > 0; left--) {
    collect();
    await sleepFor(20);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { holdings: holdings(), liveBytes: heapUsed + external, rssBytes: rss };
}

export function inMb(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

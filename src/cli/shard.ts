// `--shard 3/8`: one of so many parts of the inputs, each for a run of its own, on a machine of its own if need be. No input is in two of
// them, each is in one, and it stays there when a run goes on.
import type { MapCommandOptions } from './map-command.ts';
import { UsageError } from './usage-error.ts';

export interface Shard {
  /** Counted from 1. */
  readonly number: number;
  readonly of: number;
}

export function shardOf(written: string): Shard {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(written) ?? [];
  const found = { number: Number(number), of: Number(of) };
  if (found.number >= 1 && found.number <= found.of && Number.isSafeInteger(found.of)) return found;
  throw new UsageError('It takes which part of how many, such as 1/8, 2/8 and so on up to 8/8.');
}

/** By the place of an input among all. */
export function hasPlace({ number, of }: Shard, seq: number): boolean {
  return (seq - 1) % of === number - 1;
}

/** By the hash of an input, for where it may stand in another place the next time. */
export function hasHash({ number, of }: Shard, hash: string): boolean {
  return Number(BigInt(`0x${hash}`) % BigInt(of)) === number - 1;
}

/** How many of so many inputs are in it. By their hashes, about so many. */
export function countIn({ number, of }: Shard, total: number): number {
  return Math.floor((total - number) / of) + 1;
}

/** Of so many inputs, where that was said: batches, and those of the shard. */
export function expectedCalls({
  total,
  batch = 1,
  shard,
}: Pick<MapCommandOptions, 'total' | 'batch' | 'shard'>): number | undefined {
  if (total === undefined) return undefined;
  const batches = Math.ceil(total / batch);
  return shard === undefined ? batches : countIn(shard, batches);
}

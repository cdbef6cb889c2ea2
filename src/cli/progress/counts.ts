// What there is to tell of a run, whenever it is asked for: how much is done, and of how much.
import type { Calls } from '../calls.ts';
import type { MapCommandOptions } from '../map-command.ts';
import { expectedCalls } from '../shard.ts';
import type { Tally } from './tally.ts';

export interface Counts {
  readonly done: number;
  readonly failed: number;
  /** Inputs that cannot be read, and were left out. */
  readonly skipped: number;
  /** Inputs that had ended before this run. */
  readonly endedBefore: number;
  /** Those of them that had failed. */
  readonly failedBefore: number;
  /** How many this run will come to, where that is known. */
  readonly total: number | undefined;
  /** About how many, where it is not known: by how far it is in its files. */
  readonly about: number | undefined;
  /** What `--total` says, where there are more. */
  readonly moreThan: number | undefined;
}

type OfCalls = Pick<Calls, 'state' | 'pulled' | 'taken' | 'share' | 'skipped' | 'endedBefore' | 'failedBefore'>;
type Asked = Pick<MapCommandOptions, 'total' | 'batch' | 'shard' | 'limit'>;

export function countsOf(calls: OfCalls, { ended, failed }: Pick<Tally, 'ended' | 'failed'>, asked: Asked): Counts {
  const { skipped, endedBefore, failedBefore, pulled, state } = calls;
  const limit = asked.limit ?? Infinity;
  const expected = expectedCalls(asked);
  const left = expected === undefined ? undefined : Math.max(0, expected - endedBefore - skipped);
  const isMore = left !== undefined && pulled > left;
  const said = left === undefined || isMore ? undefined : Math.min(left, limit);
  const total = state === 'at the end' ? pulled : said;
  return {
    ...{ done: ended, failed, skipped, endedBefore, failedBefore, total },
    about: total === undefined ? aboutOf(calls, limit) : undefined,
    moreThan: total === undefined && isMore ? asked.total : undefined,
  };
}

/** As if what is still to be read were as dense as what was, and as much of it were to be called as of what had not ended before. */
function aboutOf({ pulled, taken, share, endedBefore }: OfCalls, limit: number): number | undefined {
  if (share === undefined || share === 0 || pulled === 0) return undefined;
  const rest = Math.max(0, taken / share - taken);
  return Math.min(limit, Math.round(pulled + (rest * pulled) / Math.max(1, taken - endedBefore)));
}

// When a run is to end before its inputs do.
import { UsageError } from './usage-error.ts';

/** `now`: what runs is ended; `soon`: what runs ends by itself. */
export type HaltHow = 'now' | 'soon';

export interface HaltCondition {
  readonly how: HaltHow;
  readonly on: 'fail' | 'success' | 'done';
  readonly count: number;
  /** `count` is a share, in percent. */
  readonly isPercent: boolean;
}

/** A share says little of the first few. */
const leastSample = 20;

/** `soon,fail=3`, `now,success=1`, `soon,fail=10%`; without a number, 1. */
export function haltCondition(written: string): HaltCondition {
  const [, how, on, number = '1', percent = ''] =
    /^(now|soon),(fail|success|done)(?:=(\d+(?:\.\d+)?)(%?))?$/.exec(written) ?? [];
  const count = Number(number);
  const isPercent = percent === '%';
  const isRight = isPercent ? count > 0 && count <= 100 : Number.isSafeInteger(count) && count >= 1;
  if (how !== undefined && on !== undefined && isRight)
    return { how: how as HaltHow, on: on as HaltCondition['on'], count, isPercent };
  throw new UsageError(
    'It takes when, and at what: now or soon; then fail, success or done, with a number or a share: soon,fail=3, now,success=1, soon,fail=10%.',
  );
}

/** Whether it is time, after so many have failed and so many have not. A share is one of what has ended, for `done` of the `total`. */
export function isHalted(
  { on, count, isPercent }: HaltCondition,
  { failed, fulfilled, total }: { readonly failed: number; readonly fulfilled: number; readonly total: number },
): boolean {
  const ended = failed + fulfilled;
  const which = on === 'fail' ? failed : on === 'success' ? fulfilled : ended;
  if (!isPercent) return which >= count;
  if (on === 'done') return (which / total) * 100 >= count;
  return ended >= leastSample && (which / ended) * 100 >= count;
}

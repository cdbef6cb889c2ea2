// Why a pool accepts no tasks.
import { PoolClosedError } from '../errors.ts';
import { refuseRunaway } from './nesting.ts';
import type { PoolState } from './stats.ts';

/** Undefined where the pool accepts tasks. */
export function refusalOf(pool: string, state: PoolState): unknown {
  if (state !== 'open') return new PoolClosedError(`The pool '${pool}' is ${state} and takes no new tasks.`);
  try {
    refuseRunaway();
    return undefined;
  } catch (error) {
    return error;
  }
}

// What the workers of a pool have in common.
import type { Sources } from './feeding.ts';
import type { Meters } from './meters.ts';

export interface PoolWide {
  /** What is counted of each function, in all workers. */
  readonly meters: Meters;
  /** What the arguments of tasks are read from while they run. */
  readonly sources: Sources;
}

// How many workers a pool has where nothing is said about it.
import os from 'node:os';

/** As many as can run at once; 1 where that cannot be found out. */
export function coreCount(): number {
  try {
    const count: unknown = os.availableParallelism();
    return Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : 1;
  } catch {
    return 1;
  }
}

// Functions that hold their loop where nobody expects it.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

function spinFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

export const spinAfterAwait = task(import.meta, async function spinAfterAwait(ms: number): Promise<number> {
  await sleepFor(20);
  spinFor(ms);
  return ms;
});

/** Returns, and holds the loop a moment later. */
export const spinAfterEnd = task(import.meta, function spinAfterEnd(ms: number): void {
  setTimeout(() => spinFor(ms), 5);
});

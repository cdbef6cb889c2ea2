// Functions that heed their abort signal, and one that does not.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

/** Returns at once without a file; with one it waits to be aborted and then writes there that its `finally` ran. */
export const untilAbortedOrAtOnce = task(
  import.meta,
  async function untilAbortedOrAtOnce(mark: string | undefined): Promise<string> {
    if (mark === undefined) return 'at once';
    const { signal } = context();
    try {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      return 'never';
    } finally {
      await sleepFor(5);
      appendFileSync(mark, 'ended\n');
    }
  },
);

export const neverUnlessFirst = task(import.meta, async function neverUnlessFirst(n: number): Promise<number> {
  if (n > 0) await sleepFor(100_000_000, undefined, { ref: false });
  return n;
});

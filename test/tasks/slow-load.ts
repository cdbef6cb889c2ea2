// A module that takes its time to load.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

await sleepFor(500);

export const afterLoad = task(import.meta, function afterLoad(n: number): number {
  return n;
});

export const startedAfterLoad = task(import.meta, function startedAfterLoad(): number {
  return performance.timeOrigin + performance.now();
});

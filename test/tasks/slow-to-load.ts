// A module that takes its time to load in a worker, and leaves the loop free meanwhile.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { isMain, task } from '../../src/index.ts';
import { realm } from '../../src/task/realm.ts';

if (realm.isWorker && !isMain(import.meta)) await sleepFor(500);

export const slow = task(import.meta, function slow(): string {
  return 'loaded';
});

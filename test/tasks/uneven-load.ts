// A module that loads at once in the first worker, and never in any other: it holds the loop there, or leaves it free.
import { appendFileSync, openSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';
import { realm } from '../../src/task/realm.ts';

const { UNEVEN_LOAD_FILE: file = '', UNEVEN_LOAD_HOW: how } = process.env;

function isFirst(): boolean {
  try {
    openSync(`${file}-loaded`, 'wx');
    return true;
  } catch {
    return false;
  }
}

if (realm.isWorker && !isFirst()) {
  appendFileSync(`${file}-loading`, '');
  if (how === 'holds') for (;;);
  await sleepFor(1e8);
}

/** Notes that it runs, and where. */
export const noteAfterLoad = task(import.meta, async function noteAfterLoad(n: number): Promise<number> {
  appendFileSync(file, `${n}\n`);
  await sleepFor(10);
  return context().worker.id;
});

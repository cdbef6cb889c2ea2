// @ts-check
// A task that is aborted has its worker for itself, so the worker's teardown can tell the task.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { log } from '../tasks/log.mjs';

export { hold, increment } from '../tasks/tasks.mjs';

const ending = new AbortController();
/** @type {Promise<void> | undefined} */
let running;

async function waitAndCleanUp() {
  log('started');
  try {
    await sleepFor(10_000, undefined, { signal: ending.signal });
  } finally {
    await sleepFor(50);
    log('cleaned');
  }
}

export function cleanUp() {
  running = waitAndCleanUp();
  return running;
}

export async function teardown() {
  ending.abort();
  await running?.catch(() => {});
}

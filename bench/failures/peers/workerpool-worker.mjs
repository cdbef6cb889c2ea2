// @ts-check
import { setTimeout as sleepFor } from 'node:timers/promises';

import workerpool from 'workerpool';

import { log } from '../tasks/log.mjs';
import * as tasks from '../tasks/tasks.mjs';

/**
 * As its README says: the listener ends the task, and resolves when the task has ended.
 * @this {{ worker: { addAbortListener(listener: () => Promise<void>): void } }}
 */
function cleanUp() {
  const ending = new AbortController();
  const ended = (async () => {
    log('started');
    try {
      await sleepFor(10_000, undefined, { signal: ending.signal });
    } finally {
      await sleepFor(50);
      log('cleaned');
    }
  })();
  this.worker.addAbortListener(async () => {
    ending.abort();
    await ended.catch(() => {});
  });
  return ended;
}

workerpool.worker({ ...tasks, cleanUp });

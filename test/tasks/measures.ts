// Tasks in whose worker nothing can be measured for a while.
import { closeSync, openSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

/** How to measure fails: it throws, or answers nonsense. */
export type Failing = 'throws' | 'nonsense';

export const failToMeasure = task(import.meta, async function failToMeasure(how: Failing, ms: number): Promise<string> {
  const { rss } = process.memoryUsage;
  const { eventLoopUtilization } = performance;
  const fail = (): never => {
    if (how === 'nonsense') return 'much' as never;
    throw new Error('it cannot be measured');
  };
  process.memoryUsage.rss = fail;
  performance.eventLoopUtilization = fail;
  await sleepFor(ms);
  process.memoryUsage.rss = rss;
  performance.eventLoopUtilization = eventLoopUtilization;
  return 'done';
});

/** Takes all file descriptors for a while. True where the memory cannot be measured then. */
export const takeDescriptors = task(import.meta, async function takeDescriptors(ms: number): Promise<boolean> {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // There are no more.
  }
  let fails = false;
  try {
    process.memoryUsage.rss();
  } catch {
    fails = true;
  }
  await sleepFor(ms);
  for (const fd of taken) closeSync(fd);
  return fails;
});

// Functions that say something, and then nothing for long.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

export const reportThenWait = task(import.meta, async function reportThenWait(ms: number): Promise<void> {
  await sleepFor(20);
  context().report('said');
  await sleepFor(ms, undefined, { signal: context().signal });
});

export const reportAndSpin = task(import.meta, function reportAndSpin(times: number): void {
  for (let n = 0; n < times; n++) {
    const until = performance.now() + 60;
    while (performance.now() < until);
    context().report(n);
  }
});

/** Several values at once, then nothing, then its worker dies. */
export const yieldThenDie = task(import.meta, async function* yieldThenDie(): AsyncGenerator<number> {
  yield 1;
  await sleepFor(20);
  yield 2;
  yield 3;
  yield 4;
  await sleepFor(100);
  process.exit(3);
});

/** Yields what a caller may have yet to load the class of; its worker dies in its first attempt. */
export const yieldLoadedLate = task(import.meta, async function* yieldLoadedLate(url: string): AsyncGenerator<unknown> {
  const { Late } = (await import(url)) as { Late: new (n: number) => unknown };
  const { attempt } = context();
  yield new Late(10 * attempt + 1);
  yield new Late(10 * attempt + 2);
  await sleepFor(50);
  if (attempt === 1) process.exit(3);
});

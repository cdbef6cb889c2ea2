// A worker's setup and teardown.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

let word = 'not set up';

export const setUp = task(import.meta, async function setUp(mark: string, greetingWord: string): Promise<void> {
  await sleepFor(10);
  word = greetingWord;
  appendFileSync(mark, 'up\n');
});

export const tearDown = task(import.meta, async function tearDown(mark: string): Promise<void> {
  await sleepFor(10);
  appendFileSync(mark, 'down\n');
});

export const greeting = task(import.meta, function greeting(): string {
  return word;
});

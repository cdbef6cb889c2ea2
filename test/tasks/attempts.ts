// Functions that behave by the number of the attempt. Notes go to a file, for it outlives a worker.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

/** Throws before its n-th attempt, and then returns which one it is. */
export const failsBefore = task(import.meta, function failsBefore(n: number): number {
  const { attempt } = context();
  if (attempt < n) throw Object.assign(new Error(`attempt ${attempt} failed`), { code: `E${attempt}` });
  return attempt;
});

/** Waits too long before its n-th attempt. */
export const slowBefore = task(import.meta, async function slowBefore(n: number): Promise<number> {
  const { attempt, signal } = context();
  if (attempt < n) await sleepFor(1e8, undefined, { signal, ref: false });
  return attempt;
});

/** Notes when each attempt began. */
export const noteAttempt = task(import.meta, function noteAttempt(file: string): never {
  appendFileSync(file, `${context().attempt} ${Date.now()}\n`);
  throw new Error('tried');
});

/** Takes its worker down before its n-th attempt. */
export const exitsBefore = task(import.meta, async function exitsBefore(n: number, file: string): Promise<number> {
  const { attempt } = context();
  appendFileSync(file, `${attempt}\n`);
  // So that whatever came with it has been started.
  await sleepFor(20);
  if (attempt < n) process.exit(7);
  return attempt;
});

/** Notes its attempt, and how many run beside it in this worker. */
let beside = 0;
export const bystander = task(import.meta, async function bystander(n: number, file: string): Promise<number> {
  beside++;
  const { attempt } = context();
  appendFileSync(file, `${n} ${attempt} ${beside}\n`);
  // The first time it is there until its worker dies.
  if (attempt === 1) await new Promise(() => {});
  await sleepFor(5);
  beside--;
  return n;
});

/** Takes its worker down, once so many bystanders have begun there. */
export const exitsBeside = task(import.meta, async function exitsBeside(count: number, file: string): Promise<never> {
  appendFileSync(`${file}-killer`, `${context().attempt}\n`);
  while (!existsSync(file) || readFileSync(file, 'utf8').split('\n').length <= count) await sleepFor(2);
  process.exit(7);
});

/** Does not end when it is told to, before its n-th attempt. */
export const deafBefore = task(import.meta, async function deafBefore(n: number): Promise<number> {
  const { attempt } = context();
  if (attempt < n) await new Promise(() => {});
  return attempt;
});

/** Its first attempt heeds nothing, and ends late. */
export const lateInFirst = task(import.meta, async function lateInFirst(file: string): Promise<string> {
  const { attempt } = context();
  if (attempt === 1) await sleepFor(250);
  appendFileSync(file, `${attempt}\n`);
  return `attempt ${attempt}`;
});

/** Notes when each attempt began, and takes its worker down in the first. */
export const noteAndExitOnce = task(import.meta, async function noteAndExitOnce(file: string): Promise<void> {
  appendFileSync(file, `${performance.timeOrigin + performance.now()}\n`);
  await sleepFor(20);
  if (context().attempt === 1) process.exit(4);
});

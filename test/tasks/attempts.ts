// Functions that behave by the number of the attempt. Notes go to a file, for it outlives a worker.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../../src/index.ts';

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
  appendFileSync(file, `${n} ${context().attempt} ${beside}\n`);
  await sleepFor(40);
  beside--;
  return n;
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

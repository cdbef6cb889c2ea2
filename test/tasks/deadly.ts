// Functions that take their worker down.
import { writeSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../../src/index.ts';

export const exit = task(import.meta, function exit(code: number): never {
  console.error('last words before exit');
  process.exit(code);
});

export const killSelf = task(import.meta, async function killSelf(signal: NodeJS.Signals): Promise<void> {
  process.kill(process.pid, signal);
  await sleepFor(5_000);
});

export const throwInTimer = task(import.meta, function throwInTimer(): Promise<never> {
  setTimeout(() => {
    throw new RangeError('thrown in a timer');
  }, 1);
  return new Promise(() => {});
});

export const rejectUnhandled = task(import.meta, function rejectUnhandled(): Promise<never> {
  void Promise.reject(new RangeError('nobody handles it'));
  return new Promise(() => {});
});

/** Writes where only polyloop writes. */
export const writeNonsense = task(import.meta, async function writeNonsense(): Promise<void> {
  writeSync(3, Buffer.from([1, 0, 0, 0, 99]));
  await sleepFor(5_000);
});

export const catchInTimer = task(import.meta, async function catchInTimer(): Promise<void> {
  process.on('uncaughtException', () => {});
  setTimeout(() => {
    throw new Error('caught after all');
  }, 1);
  await sleepFor(20);
});

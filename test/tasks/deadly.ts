// Functions that take their worker down.
import { writeSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

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

/** Takes so long, and sends nothing meanwhile, beside an exception that is caught after all. */
export const catchInTimer = task(import.meta, async function catchInTimer(ms: number): Promise<number> {
  if (process.listenerCount('uncaughtException') === 0) process.on('uncaughtException', () => {});
  setTimeout(() => {
    throw new Error('caught after all');
  }, 10);
  await sleepFor(ms);
  return process.pid;
});

/** Returns, and its worker dies as soon as the result has been sent. */
export const returnAndDie = task(import.meta, async function returnAndDie(n: number): Promise<number> {
  // After the turn in which the result goes out.
  setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
  await Promise.resolve();
  return n;
});

export const returnAndExit = task(import.meta, async function returnAndExit(n: number): Promise<number> {
  setImmediate(() => setImmediate(() => process.exit(9)));
  await Promise.resolve();
  return n;
});

export const disconnect = task(import.meta, function disconnect(): string {
  (process as { disconnect(): void }).disconnect();
  return 'still here';
});

/** Its worker dies when it is told to tear down. */
export const dieInTeardown = task(import.meta, function dieInTeardown(): never {
  process.exit(3);
});

/** Takes memory until there is none. */
export const hoardMore = task(import.meta, async function hoardMore(): Promise<never> {
  const hoard: unknown[] = [];
  for (;;) {
    for (let n = 0; n < 10_000; n++) hoard.push({ n, text: `${n}`.repeat(20) });
    await sleepFor(1);
  }
});

// The functions that most tests run.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

export const add = task(import.meta, function add(one: number, other: number): number {
  return one + other;
});

export const increment = task(import.meta, function increment(n: number): number {
  return n + 1;
});

export const echo = task(import.meta, function echo(value: unknown): unknown {
  return value;
});

export const echoLater = task(import.meta, async function echoLater(value: unknown): Promise<unknown> {
  await sleepFor(1);
  return value;
});

export const sleep = task(import.meta, async function sleep(ms: number): Promise<number> {
  await sleepFor(ms);
  return ms;
});

export const spin = task(import.meta, function spin(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return process.pid;
});

export const spinForever = task(import.meta, function spinForever(): void {
  for (;;);
});

export const never = task(import.meta, function never(): Promise<never> {
  return new Promise(() => {});
});

export const pid = task(import.meta, function pid(): number {
  return process.pid;
});

/** Waits until it is aborted, then tells how it ended through a file of that name. */
export const untilAborted = task(import.meta, async function untilAborted(mark?: string): Promise<never> {
  const { signal } = context();
  try {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    throw new Error('not aborted');
  } finally {
    await sleepFor(5);
    if (mark !== undefined) {
      const { appendFileSync } = await import('node:fs');
      appendFileSync(mark, 'ended\n');
    }
  }
});

let running = 0;
let most = 0;

/** The most of these that ever ran at once in this worker. */
export const countRunning = task(import.meta, async function countRunning(ms: number): Promise<number> {
  most = Math.max(most, ++running);
  await sleepFor(ms);
  running--;
  return most;
});

export const whoAmI = task(import.meta, async function whoAmI(ms: number) {
  const before = context();
  await sleepFor(ms);
  const { taskId, attempt, worker, signal } = context();
  return { isSame: before === context(), taskId, attempt, worker: { ...worker }, isAborted: signal.aborted };
});

/** Holds the loop for so long, and tells in which worker. */
export const spinWhere = task(import.meta, function spinWhere(ms: number) {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return context().worker.id;
});

const loadedAt = performance.now();
let calls = 0;

/** Tells two loads of this module in one worker apart. */
export const loadOf = task(import.meta, function loadOf() {
  return { loadedAt, calls: ++calls };
});

export const surroundings = task(import.meta, function surroundings() {
  return { env: process.env['POLYLOOP_TEST'], home: process.env['HOME'], execArgv: process.execArgv };
});

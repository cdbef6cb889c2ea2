// @ts-check
// What the tasks do: the same functions for every peer that runs on Node. Each takes one input.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { endWorker } from './end-worker.mjs';
import { ImageError } from './image-error.mjs';
import { log } from './log.mjs';

/** Tasks of this worker that hold on, so that one which is to die in company knows when it has it. */
let holding = 0;

/** @param {number} n */
export function increment(n) {
  return n + 1;
}

/** @param {{ n: number }} input */
export function take(input) {
  return input.n;
}

export function pid() {
  return process.pid;
}

/** @param {number} ms */
export async function sleep(ms) {
  await sleepFor(ms);
  return ms;
}

/**
 * As `sleep`, and counted.
 * @param {number} ms
 */
export async function hold(ms) {
  holding++;
  await sleepFor(ms);
  holding--;
  return ms;
}

export function never() {
  return new Promise(() => {
    setInterval(() => {}, 1_000);
  });
}

export function spin() {
  for (;;);
}

/** Ends this worker from within a task that has surely started. */
export async function die() {
  await sleepFor(50);
  endWorker();
}

/**
 * As `die`, but only when so many others hold on in the same worker, or nobody more has come for a second.
 * @param {number} others
 */
export async function dieInCompany(others) {
  const giveUpAt = performance.now() + 1_000;
  while (holding < others && performance.now() < giveUpAt) await sleepFor(10);
  log(`died beside ${holding}`);
  endWorker();
}

export function unclonable() {
  return () => {};
}

export function throwUndefined() {
  throw undefined;
}

export function throwRich() {
  throw new ImageError('bad pixel', { cause: new TypeError('no such colour') });
}

/** The task still runs when its timer throws. */
export async function throwInTimer() {
  setTimeout(() => {
    throw new RangeError('thrown in a timer');
  }, 50);
  await sleepFor(1_000);
}

/** The task has ended when its timer throws. */
export function throwLater() {
  setTimeout(() => {
    throw new RangeError('thrown in a timer');
  }, 50);
}

/** Waits for ten seconds, and must clean up whatever happens. A peer that can tell a task of its end has its own `cleanUp`. */
export async function cleanUp() {
  log('started');
  try {
    await sleepFor(10_000);
  } finally {
    await sleepFor(50);
    log('cleaned');
  }
}

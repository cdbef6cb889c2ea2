// @ts-check
// What the tasks do: the same functions for every peer that runs on Node. Plain JavaScript, so that a worker that loads
// them does nothing else first, and no peer's start is charged for stripping types.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';

/**
 * @param {number} n
 * @returns {number}
 */
export function increment(n) {
  return n + 1;
}

/**
 * @param {unknown} value
 * @returns {unknown}
 */
export function echo(value) {
  return value;
}

/**
 * Computes for so many milliseconds, and lets nothing else onto its loop meanwhile.
 * @param {number} ms
 * @returns {number}
 */
export function spin(ms) {
  const until = performance.now() + ms;
  while (performance.now() < until);
  return ms;
}

/**
 * @param {number} ms
 * @returns {Promise<number>}
 */
export async function sleep(ms) {
  await sleepFor(ms);
  return ms;
}

/**
 * What an async handler does: waits for something, then computes.
 * @param {number} ms
 * @returns {Promise<number>}
 */
export async function waitThenSpin(ms) {
  await sleepFor(ms);
  return spin(ms);
}

/**
 * The name of the worker that runs this, by which one knows that every worker is up.
 * @param {null} _nothing
 * @returns {string}
 */
export function who(_nothing) {
  return `${process.pid}/${threadId}`;
}

/**
 * How much memory this worker's process has.
 * @param {null} _nothing
 * @returns {number}
 */
export function residentBytes(_nothing) {
  return process.memoryUsage.rss();
}

/**
 * Yields numbers from 0 on, each after a turn of promises.
 * @param {number} count
 * @returns {AsyncGenerator<number>}
 */
export async function* countTo(count) {
  for (let n = 0; n < count; n++) yield n;
}

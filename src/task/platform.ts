// What polyloop needs of the platform, taken once, when this module is loaded. Tests and polyfills replace globals later:
// fake timers, a clock that stands still, a `Promise` of their own, a `process.exit` that does nothing. None of that may
// change how a pool works.
//
// The other modules of the core import these names, which shadow the globals; test/layers.test.ts checks that none forgets
// to. Sources that a mock of `globalThis` does not reach come first, for fake timers may be installed before polyloop is loaded.
import { performance as nodePerformance } from 'node:perf_hooks';

import { emptyScope } from './async-context.ts';
import { realHrtime, realNow } from './real-clock.ts';
import { realNextTick } from './real-next-tick.ts';
import { NativePromise, nativeThen, promiseThen, resolved } from './real-promise.ts';
import { clearTimer, realTimers } from './real-timers.ts';

export { isNextTickReplaced } from './real-next-tick.ts';
export { AbortController, AbortSignal, anySignal, DOMException, structuredClone } from './real-node.ts';
export { NativePromise, promiseThen, resolved, withResolvers } from './real-promise.ts';

// Test runners that run modules in a realm of their own give them a copy of `process`.
const nodeProcess = process.getBuiltinModule('node:process');

export const clearTimeout = clearTimer;
export const clearInterval = clearTimer;
const { setTimeout: startTimeout, setInterval: startInterval, setImmediate: startImmediate } = realTimers;
export const { exit: exitProcess } = nodeProcess;

// What waits keeps the async context in which it was created, and runs in it. So all of these are created in an empty one.

export function setTimeout(callback: () => void, ms: number): NodeJS.Timeout {
  return emptyScope(startTimeout, callback, ms);
}

export function setInterval(callback: () => void, ms: number): NodeJS.Timeout {
  return emptyScope(startInterval, callback, ms);
}

export function setImmediate(callback: () => void): void {
  emptyScope(startImmediate, callback);
}

export function nextTick(callback: () => void): void {
  emptyScope(realNextTick, callback);
}

export const hrtime = realHrtime(nodeProcess.hrtime);
export const performance = Object.freeze({
  now: realNow,
  eventLoopUtilization: nodePerformance.eventLoopUtilization.bind(nodePerformance),
});

export const { random: randomNumber } = Math;
export const { parse: parseJson, stringify: toJson } = JSON;

const { defineProperty } = Object;
/** Without a prototype, for a `get` that a program has put on `Object.prototype` would become a part of it. */
const thenDescriptor = { __proto__: null, value: nativeThen } as PropertyDescriptor;

/** `Promise.all`. */
export function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  return new NativePromise((resolve, reject) => {
    const values: T[] = [];
    let left = promises.length;
    if (left === 0) resolve(values);
    for (let at = 0; at < promises.length; at++) {
      const onFulfilled = (value: T): void => {
        values[at] = value;
        if (--left === 0) resolve(values);
      };
      void promiseThen(promises[at] as Promise<T>, onFulfilled, reject);
    }
  });
}

/** Resolves when all of them have settled, in whatever way. */
export function whenSettled(promises: readonly Promise<unknown>[]): Promise<unknown> {
  const ends: Promise<void>[] = [];
  for (let at = 0; at < promises.length; at++) ends[at] = promiseThen(promises[at] as Promise<unknown>, ignore, ignore);
  return allOf(ends);
}

/**
 * Prepares a promise for being the value that another promise is resolved with. That asks it for its `then`, and the one
 * of the prototype can be replaced.
 */
export function adoptable<T>(promise: Promise<T>): Promise<T> {
  return defineProperty(promise, 'then', thenDescriptor);
}

const done = resolved();

/** As the global one, which fake timers replace. */
export function queueMicrotask(callback: () => void): void {
  emptyScope(startMicrotask, callback);
}

function startMicrotask(callback: () => void): void {
  void promiseThen(promiseThen(done, callback), undefined, throwLater);
}

function throwLater(error: unknown): void {
  nextTick(() => {
    throw error;
  });
}

function ignore(): void {}

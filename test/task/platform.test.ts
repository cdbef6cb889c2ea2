// What polyloop takes of the platform where it is loaded after something was replaced. Each case loads the module anew.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { performance, PerformanceMark } from 'node:perf_hooks';
import { it } from 'node:test';
import timers from 'node:timers';

import * as platform from '../../src/task/platform.ts';
import { realTimers } from '../../src/task/real-timers.ts';
import { run } from '../support/programs.ts';

const realTimersOfNode = { ...timers };
const realNow = performance.now.bind(performance);
const realHrtime = process.hrtime;
let loads = 0;

/** Loads a module of `src/task` while properties of an object are replaced. */
async function loadWith<T>(file: string, target: object, replacements: object): Promise<T> {
  const before = Object.getOwnPropertyDescriptors(target) as PropertyDescriptorMap;
  for (const [key, value] of Object.entries(replacements))
    Object.defineProperty(target, key, { value: value as unknown, configurable: true, writable: true });
  try {
    return (await import(`../../src/task/${file}.ts?loaded=${++loads}`)) as T;
  } finally {
    for (const key of Object.keys(replacements)) {
      const descriptor = before[key];
      if (descriptor === undefined) Reflect.deleteProperty(target, key);
      else Object.defineProperty(target, key, descriptor);
    }
  }
}

type Timers = typeof import('../../src/task/real-timers.ts');
type Clock = typeof import('../../src/task/real-clock.ts');
type Tick = typeof import('../../src/task/real-next-tick.ts');
type Promises = typeof import('../../src/task/real-promise.ts');
type OfNode = typeof import('../../src/task/real-node.ts');

it('takes what is there where nothing was replaced', () => {
  assert.equal(realTimers.setTimeout, timers.setTimeout);
  assert.equal(realTimers.setImmediate, timers.setImmediate);
  assert.equal(platform.hrtime, process.hrtime);
  assert.equal(platform.NativePromise, Promise);
  assert.equal(platform.structuredClone, structuredClone);
  assert.equal(platform.AbortController, AbortController);
  assert.equal(platform.AbortSignal, AbortSignal);
  assert.equal(platform.DOMException, DOMException);
  assert.notEqual(platform.anySignal, undefined);
  assert.equal(platform.isNextTickReplaced(), false);
});

for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const)
  it(`finds a timer that waits where ${name} alone was replaced`, async () => {
    const { realTimers: found, clearTimer } = await loadWith<Timers>('real-timers', timers, { [name]: () => ({}) });
    const others = (['setTimeout', 'setInterval', 'setImmediate'] as const).filter((other) => other !== name);
    for (const other of others) assert.equal(found[other], realTimersOfNode[other]);
    await new Promise<void>((resolve) => {
      const timer: unknown = found[name](() => {
        if (name !== 'setImmediate') clearTimer(timer as NodeJS.Timeout);
        resolve();
      }, 1);
    });
  });

it('clears timers where clearTimeout and clearInterval were replaced', async () => {
  const fakes = { clearTimeout: () => {}, clearInterval: () => {} };
  const { realTimers: found, clearTimer } = await loadWith<Timers>('real-timers', timers, fakes);
  const cleared = [found.setTimeout, found.setInterval].map((start) => start(() => assert.fail('it was cleared'), 1));
  for (const timer of cleared) clearTimer(timer);
  await new Promise<void>((resolve) => void found.setTimeout(resolve, 5));
});

for (const [what, now] of [
  ['stands still', () => 5],
  ['goes on by steps', () => Math.floor(realNow() / 20) * 20],
  ['goes on slowly', () => realNow() / 2],
  ['throws', () => assert.fail()],
] as const) {
  it(`finds the clock behind a performance.now that ${what}`, async () => {
    const own = await loadWith<Clock>('real-clock', performance, { now });
    const before = realNow();
    const between = own.realNow();
    assert.ok(before <= between && between <= realNow());
  });
}

it('finds a clock where all of Node that tell the time were replaced', async () => {
  const prototype = Object.getPrototypeOf(performance) as object;
  const still = { now: () => 5 };
  const { realNow: found } = await loadWith<Clock>('real-clock', prototype, still);
  const before = new PerformanceMark('before').startTime;
  const between = found();
  assert.ok(before <= between && between <= realNow());
});

for (const [what, rate] of [
  ['stands still', 0],
  ['goes on slowly', 0.5],
] as const) {
  it(`finds the clock of the machine behind a process.hrtime that ${what}`, async () => {
    const { realHrtime: find } = await loadWith<Clock>('real-clock', process, {});
    const fake = (): [number, number] => [0, Math.floor(realNow() * rate * 1e6)];
    const [seconds, nanoseconds] = find(fake as NodeJS.HRTime)();
    const [realSeconds, realNanoseconds] = realHrtime();
    const aheadMs = (seconds - realSeconds) * 1e3 + (nanoseconds - realNanoseconds) / 1e6;
    assert.ok(Math.abs(aheadMs) < 100, `it is ${aheadMs} ms ahead`);
  });
}

it('takes a process.hrtime that calls the real one', async () => {
  const { realHrtime: find } = await loadWith<Clock>('real-clock', process, {});
  const spy = ((...args: []) => realHrtime(...args)) as NodeJS.HRTime;
  assert.equal(find(spy), spy);
});

it('runs what is to run in the next tick in the next turn, until the real nextTick is back', async () => {
  // A program of its own, for Node's streams need the real one.
  const code = `
    const { nextTick } = process;
    process.nextTick = () => {};
    import(${JSON.stringify(new URL('../../src/task/real-next-tick.ts', import.meta.url).href)}).then((tick) => {
      const said = [tick.isNextTickReplaced()];
      tick.realNextTick(() => {
        process.nextTick = nextTick;
        said.push(tick.isNextTickReplaced());
        setImmediate(() => console.log(said.join()));
        tick.realNextTick(() => said.push('tick'));
      });
    });`;
  const { stdout, stderr } = await run(['-e', code]);
  assert.equal(stdout, 'true,false,tick\n', stderr);
});

it('takes a nextTick that calls the real one', async () => {
  const { nextTick } = process;
  const spy = (...args: Parameters<typeof nextTick>): void => nextTick(...args);
  const tick = await loadWith<Tick>('real-next-tick', process, { nextTick: spy });
  assert.equal(tick.realNextTick, spy);
});

it('finds the promises of the engine behind a Promise that was replaced', async () => {
  const { NativePromise } = await loadWith<Promises>('real-promise', globalThis, { Promise: class {} });
  assert.equal(NativePromise, Promise);
});

it('finds the constructor of promises where their prototype names another', async () => {
  const { NativePromise } = await loadWith<Promises>('real-promise', Promise.prototype, { constructor: class {} });
  assert.equal(NativePromise, Promise);
});

it('says what to do where there is no constructor of promises', async () => {
  const { constructor } = Promise.prototype;
  Object.assign<object, object>(Promise.prototype, { constructor: class {} });
  try {
    const loading = loadWith('real-promise', globalThis, { Promise: class {} });
    await assert.rejects(loading, /Import polyloop before what replaces them/);
  } finally {
    Object.assign<object, object>(Promise.prototype, { constructor });
  }
});

it('settles promises as `then` does, where that was replaced', async () => {
  const { then: real } = Promise.prototype;
  function other(this: Promise<unknown>, ...handlers: Parameters<typeof real>): unknown {
    return real.apply(this, handlers);
  }
  // oxlint-disable-next-line unicorn/no-thenable
  const replaced = { then: other };
  const { promiseThen, resolved } = await loadWith<Promises>('real-promise', Promise.prototype, replaced);
  const failure = new Error('its own');
  const failing = (): Promise<never> => Promise.reject(failure);
  assert.equal(await promiseThen(resolved(1), (n) => n + 1), 2);
  assert.equal(await promiseThen(resolved(1), (n) => resolved(n + 1)), 2);
  assert.equal(await promiseThen(resolved(1), undefined), 1);
  assert.equal(await promiseThen(failing(), undefined, (error) => error), failure);
  await assert.rejects(
    promiseThen(failing(), () => 1),
    failure,
  );
  await assert.rejects(promiseThen(resolved(1), failing), failure);
  const scopes = new AsyncLocalStorage<number>();
  assert.equal(await scopes.run(3, () => promiseThen(resolved(1), () => scopes.getStore())), 3);
});

it('resolves as `Promise.resolve` does, where that was replaced', async () => {
  const { resolved } = await loadWith<Promises>('real-promise', Promise, { resolve: () => assert.fail() });
  const promise = Promise.reject(new Error('its own'));
  assert.equal(resolved(promise), promise);
  await assert.rejects(promise, /its own/);
  assert.equal(await resolved(3), 3);
});

it('clones as structuredClone does, where that was replaced', async () => {
  const { structuredClone: clone } = await loadWith<OfNode>('real-node', globalThis, { structuredClone: () => ({}) });
  const value = { map: new Map([[1n, new Date(5)]]), nothing: undefined };
  assert.deepEqual(clone(value), value);
  const buffer = new ArrayBuffer(8);
  assert.equal(clone(buffer, { transfer: [buffer] }).byteLength, 8);
  assert.equal(buffer.byteLength, 0);
  assert.throws(
    () => clone(() => 1),
    (error) => error instanceof DOMException && error.name === 'DataCloneError',
  );
});

it('finds the signals of Node where others took their place', async () => {
  class AbortSignal {}
  class AbortController {}
  const found = await loadWith<OfNode>('real-node', globalThis, { AbortSignal, AbortController, DOMException: Error });
  assert.equal(found.AbortController, platform.AbortController);
  assert.equal(found.AbortSignal, platform.AbortSignal);
  assert.equal(found.DOMException, platform.DOMException);
});

it('does without `AbortSignal.any` where it was replaced', async () => {
  const { anySignal } = await loadWith<OfNode>('real-node', AbortSignal, { any: () => assert.fail() });
  assert.equal(anySignal, undefined);
});

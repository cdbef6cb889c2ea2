// Fake timers and replaced globals, as test runners and polyfills install them. What is installed stays.
import { performance } from 'node:perf_hooks';
import { mock } from 'node:test';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

/** Whole sets of fake timers. Nothing ever fires, and no clock goes on. */
export const fakeTimers = ['node:test', 'globals', 'globals and modules', 'every queue'] as const;
export type FakeTimers = (typeof fakeTimers)[number];

const silent = (): object => ({ ref() {}, unref() {}, hasRef: () => true, refresh() {}, close() {} });
const timerNames = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'];
const holder = globalThis as Record<string, unknown>;

function installSilent(target: object, names: readonly string[], fake: () => unknown = silent): void {
  for (const name of names) (target as Record<string, unknown>)[name] = fake;
}

function installFakeTimers(which: FakeTimers): void {
  if (which === 'node:test') {
    mock.timers.enable();
    return;
  }
  installSilent(globalThis, timerNames);
  installSilent(globalThis, ['queueMicrotask']);
  const now = new Date(0);
  holder['Date'] = class extends Date {
    constructor() {
      super(now);
    }
    static override now = (): number => 0;
  };
  Object.defineProperty(globalThis, 'performance', { value: { now: () => 0, timeOrigin: 0 }, configurable: true });
  installSilent(process, ['hrtime'], () => [0, 0]);
  if (which === 'globals') return;
  installSilent(timers, timerNames);
  installSilent(performance, ['now'], () => 0);
  installSilent(timersPromises, ['setTimeout', 'setImmediate'], () => new Promise(() => {}));
  if (which === 'every queue') installSilent(process, ['nextTick'], () => undefined);
}

const NativePromise = Promise;
const { then } = NativePromise.prototype;

/** What a polyfill brings: it works, but it is not the engine's. */
class OwnPromise {
  readonly #promise: Promise<unknown>;
  constructor(start: ConstructorParameters<typeof Promise<unknown>>[0]) {
    this.#promise = new NativePromise(start);
  }
  // oxlint-disable-next-line unicorn/no-thenable
  then(...handlers: Parameters<typeof then>): unknown {
    return then.apply(this.#promise, handlers);
  }
}

class OwnSignal {
  aborted = false;
  reason: unknown = undefined;
  readonly listeners: (() => void)[] = [];
  addEventListener(_type: string, listener: () => void): void {
    this.listeners[this.listeners.length] = listener;
  }
  removeEventListener(): void {}
}

class OwnController {
  readonly signal = new OwnSignal();
  abort(reason: unknown): void {
    this.signal.aborted = true;
    this.signal.reason = reason;
    for (const listener of this.signal.listeners) listener();
  }
}

export type Fakes = FakeTimers | 'polyfills';

/** What is installed stays. */
export function install(which: Fakes): void {
  if (which === 'polyfills') installPolyfills();
  else installFakeTimers(which);
}

/** As polyfills and zones do, for what they say is missing. None of them can do what the platform's own can. */
function installPolyfills(): void {
  function throughOwn(this: Promise<unknown>, ...handlers: Parameters<typeof then>): unknown {
    return new OwnPromise((resolve, reject) => void then.call(this, resolve, reject)).then(...handlers);
  }
  // oxlint-disable-next-line unicorn/no-thenable
  Object.assign<object, object>(NativePromise.prototype, { then: throughOwn });
  for (const name of ['resolve', 'withResolvers', 'any']) Reflect.deleteProperty(NativePromise, name);
  Object.assign(globalThis, {
    Promise: OwnPromise,
    structuredClone: (value: unknown): unknown => JSON.parse(JSON.stringify(value)),
    AbortController: OwnController,
    AbortSignal: OwnSignal,
    DOMException: Error,
  });
}

const throws = (): never => {
  throw new Error('this was replaced');
};

/** Globals, each of which is replaced by one that throws. */
export const replaceable: Readonly<Record<string, object>> = {
  setTimeout: globalThis,
  clearTimeout: globalThis,
  setInterval: globalThis,
  clearInterval: globalThis,
  setImmediate: globalThis,
  clearImmediate: globalThis,
  queueMicrotask: globalThis,
  structuredClone: globalThis,
  performance: globalThis,
  Date: globalThis,
  Promise: globalThis,
  AbortController: globalThis,
  DOMException: globalThis,
  'Promise.resolve': Promise,
  'Promise.reject': Promise,
  'Promise.all': Promise,
  'Promise.allSettled': Promise,
  'Promise.race': Promise,
  'Promise.withResolvers': Promise,
  'Promise.prototype.then': Promise.prototype,
  'Promise.prototype.catch': Promise.prototype,
  'Promise.prototype.finally': Promise.prototype,
  'AbortSignal.any': AbortSignal,
  'performance.now': performance,
  'Date.now': Date,
  'Math.random': Math,
  'JSON.stringify': JSON,
  'JSON.parse': JSON,
  'process.exit': process,
};

export function replaceByThrowing(name: string): void {
  const target = replaceable[name];
  if (target === undefined) throw new RangeError(`nothing is known by the name '${name}'`);
  Object.defineProperty(target, name.split('.').at(-1) ?? name, { value: throws, configurable: true, writable: true });
}

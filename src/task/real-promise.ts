// The promises of the engine. A polyfill or a zone may have replaced `Promise`, its static methods or its `then` before
// polyloop is loaded. What an async function returns is a promise of the engine all the same, and `await` calls no method of it.
import types from 'node:util/types';

import { isOfEngine, uncurried } from './uncurried.ts';

/** The constructor. Its static methods can be replaced, so they are not to be called; those below do not need them. */
export const NativePromise = findConstructor();

function findConstructor(): PromiseConstructor {
  const prototype = Object.getPrototypeOf((async () => {})()) as { readonly constructor: unknown };
  for (const candidate of [prototype.constructor, globalThis.Promise])
    if (isConstructor(candidate)) return candidate as PromiseConstructor;
  throw new Error(
    'polyloop cannot find the Promise of this engine: `Promise` and `Promise.prototype.constructor` were replaced. Import polyloop before what replaces them.',
  );
}

function isConstructor(candidate: unknown): boolean {
  try {
    return types.isPromise(Reflect.construct(candidate as PromiseConstructor, [() => {}]));
  } catch {
    return false;
  }
}

type Then = typeof Promise.prototype.then;

/** For properties named `then`, and as a method. */
export const nativeThen: Then = isOfEngine(NativePromise.prototype.then, 'then')
  ? NativePromise.prototype.then
  : (thenByAwait as Then);

/** What `then` does. */
async function thenByAwait(
  this: Promise<unknown>,
  onFulfilled?: (value: unknown) => unknown,
  onRejected?: (reason: unknown) => unknown,
): Promise<unknown> {
  let value: unknown;
  try {
    value = await this;
  } catch (error) {
    if (typeof onRejected !== 'function') throw error;
    return onRejected(error);
  }
  return typeof onFulfilled === 'function' ? onFulfilled(value) : value;
}

const uncurriedThen = uncurried(nativeThen);

/** `promise.then`, for promises of the engine. */
export function promiseThen<T, A = T, B = never>(
  promise: Promise<T>,
  onFulfilled: ((value: T) => A | PromiseLike<A>) | undefined,
  onRejected?: (reason: unknown) => B | PromiseLike<B>,
): Promise<A | B> {
  return uncurriedThen(promise, onFulfilled as never, onRejected) as Promise<A | B>;
}

interface Resolve {
  (): Promise<void>;
  <T>(value: T): Promise<Awaited<T>>;
}

/** `Promise.resolve`. */
export const resolved: Resolve = isOfEngine(NativePromise.resolve, 'resolve')
  ? NativePromise.resolve.bind(NativePromise)
  : (resolvedWith as Resolve);

function resolvedWith<T>(value: T): unknown {
  if (types.isPromise(value) && value.constructor === NativePromise) return value;
  return new NativePromise((resolve) => resolve(value));
}

/** `Promise.withResolvers`. */
export function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: PromiseWithResolvers<T>['resolve'];
  let reject!: PromiseWithResolvers<T>['reject'];
  const promise = new NativePromise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

// The async context (what AsyncLocalStorage carries) in which polyloop calls code and creates what lives long. Node gives every
// timer, socket and promise the context in which it was created; so without this, a worker would run in the context of the call
// that happened to start it, and keep that context in memory for as long as it lives.
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import types from 'node:util/types';

import { arraySome } from './arrays.ts';

/** Calls a function in a certain context; what it changes there is not seen outside. */
export type Scope = <Args extends unknown[], R>(fn: (...args: Args) => R, ...args: Args) => R;

/** The context of this moment. */
export function currentScope(): Scope {
  return scopeOf(newResource());
}

/** The function in the context of this moment, whenever it is called. */
export function bindToScope<Args extends unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R {
  const scope = currentScope();
  return (...args) => scope(fn, ...args);
}

const { scope, isOneObject } = findEmptyScope();

/** Calls a function where nothing is stored: not even what was stored while polyloop itself was loaded. */
export const emptyScope: Scope = scope;

/** Calls a function without arguments in a certain context. */
interface Enterable {
  runInAsyncScope(fn: () => void): void;
}

/**
 * A context in which only this is stored, each time anew. It is entered for each tiny task, so what is called takes no
 * arguments: a list of them would cost more than the rest.
 */
export function contextWith<T>(storage: AsyncLocalStorage<T>, value: T): Enterable {
  if (isOneObject) {
    return emptyScope(() => {
      storage.enterWith(value);
      return newResource();
    });
  }
  return {
    runInAsyncScope: (fn) =>
      emptyScope(() => {
        storage.enterWith(value);
        fn();
      }),
  };
}

/** `isOneObject`: a context is one object that a resource refers to, so what happens in a scope never changes the scope. */
function findEmptyScope(): { readonly scope: Scope; readonly isOneObject: boolean } {
  const marker = {};
  const probe = new AsyncLocalStorage<object>();
  const resource = probe.run(marker, newResource) as unknown as Record<symbol, unknown>;
  probe.disable();
  for (const key of Object.getOwnPropertySymbols(resource)) {
    const held = resource[key];
    // Node 24 and later.
    if (types.isMap(held) && Map.prototype.get.call(held, probe) === marker) {
      resource[key] = undefined;
      const found = scopeOf(resource as unknown as AsyncResource);
      return { scope: isEmpty(found) ? found : currentScope(), isOneObject: true };
    }
    // Before, or by a flag: the stores are properties of the resource that is running, or of an object behind it.
    const isHeld = held === marker || (typeof held === 'object' && held !== null && holds(held, marker));
    if (isHeld && key.description !== undefined) return { scope: scopeWithout(key.description), isOneObject: false };
  }
  return { scope: currentScope(), isOneObject: false };
}

function holds(object: object, marker: object): boolean {
  return arraySome(Object.getOwnPropertySymbols(object), (key) => (object as Record<symbol, unknown>)[key] === marker);
}

function isEmpty(found: Scope): boolean {
  const probe = new AsyncLocalStorage<object>();
  const seen = probe.run({}, () => found(() => probe.getStore()));
  probe.disable();
  return seen === undefined;
}

function newResource(): AsyncResource {
  return new AsyncResource('polyloop', { requireManualDestroy: true });
}

function scopeOf(resource: AsyncResource): Scope {
  return (fn, ...args) => resource.runInAsyncScope(fn, undefined, ...args);
}

/** `storeName`: what the keys of stores are called. What `enterWith` stores stays on the resource, so it is cleared before each use. */
function scopeWithout(storeName: string): Scope {
  const shared = newResource();
  let isShared = false;
  return (fn, ...args) => {
    const resource = isShared ? newResource() : shared;
    for (const key of Object.getOwnPropertySymbols(resource))
      if (key.description === storeName) Reflect.deleteProperty(resource, key);
    if (resource !== shared) return resource.runInAsyncScope(fn, undefined, ...args);
    isShared = true;
    try {
      return resource.runInAsyncScope(fn, undefined, ...args);
    } finally {
      isShared = false;
    }
  };
}

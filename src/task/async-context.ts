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

/** What a resource refers to in Node 24 and later: the stores of its context. Nothing changes them; `enterWith` goes on with a changed copy. */
type Stores = Map<unknown, unknown>;
type Holder = Record<symbol, unknown>;

const { apply } = Reflect;
const { scope, storesKey } = findEmptyScope();

/** Calls a function where nothing is stored: not even what was stored while polyloop itself was loaded. */
export const emptyScope: Scope = scope;

/**
 * A context for many calls in turn. To enter one costs more than a tiny task, so it is entered once for as many of them as
 * leave it as it was.
 */
export interface SharedContext {
  /** Calls a function in it, from outside. */
  enter(fn: () => void): void;
  /** Inside of it something was stored since it was entered: what is called next must enter it anew. */
  isChanged: boolean;
}

/** A context in which only this is stored. */
export function sharedContext<T>(storage: AsyncLocalStorage<T>, value: T): SharedContext {
  if (storesKey === undefined) {
    return {
      isChanged: true,
      enter: (fn) =>
        emptyScope(() => {
          storage.enterWith(value);
          fn();
        }),
    };
  }
  const resource = emptyScope(() => {
    storage.enterWith(value);
    return newResource();
  });
  return new WatchedContext(resource, (resource as unknown as Holder)[storesKey] as Stores);
}

class WatchedContext implements SharedContext {
  readonly #resource: AsyncResource;
  isChanged = true;

  constructor(resource: AsyncResource, stores: Stores) {
    this.#resource = resource;
    if (copiesAreSeen) whenCopied(stores, () => (this.isChanged = true));
  }

  enter(fn: () => void): void {
    this.isChanged = !copiesAreSeen;
    this.#resource.runInAsyncScope(fn);
  }
}

const copiesAreSeen = storesKey !== undefined && seesCopies(storesKey);

/** Whether {@link whenCopied} works in this Node. */
function seesCopies(key: symbol): boolean {
  const [probe, other] = [new AsyncLocalStorage<object>(), new AsyncLocalStorage<object>()];
  const resource = probe.run({}, newResource);
  let copies = 0;
  whenCopied((resource as unknown as Holder)[key] as Stores, () => copies++);
  resource.runInAsyncScope(() => other.enterWith({}));
  return copies === 1;
}

/** Calls back when these stores are copied to be changed: whoever copies a map iterates over it. */
function whenCopied(stores: Stores, onCopy: () => void): void {
  const iterate = stores[Symbol.iterator];
  Object.defineProperty(stores, Symbol.iterator, {
    value: () => {
      onCopy();
      return apply(iterate, stores, []) as unknown;
    },
  });
}

/** `storesKey`: by which key a resource refers to its stores, where they are one object, so that what happens in a scope never changes the scope. */
function findEmptyScope(): { readonly scope: Scope; readonly storesKey?: symbol } {
  const marker = {};
  const probe = new AsyncLocalStorage<object>();
  const resource = probe.run(marker, newResource) as unknown as Holder;
  probe.disable();
  for (const key of Object.getOwnPropertySymbols(resource)) {
    const held = resource[key];
    // Node 24 and later.
    if (types.isMap(held) && Map.prototype.get.call(held, probe) === marker) {
      resource[key] = undefined;
      const found = scopeOf(resource as unknown as AsyncResource);
      return { scope: isEmpty(found) ? found : currentScope(), storesKey: key };
    }
    // Before, or by a flag: the stores are properties of the resource that is running, or of an object behind it.
    const isHeld = held === marker || (typeof held === 'object' && held !== null && holds(held, marker));
    if (isHeld && key.description !== undefined) return { scope: scopeWithout(key.description) };
  }
  return { scope: currentScope() };
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

// Values that run code when they are looked at, and functions that hand them on in every way.
import { context, task } from '../../src/index.ts';

function fail(): never {
  throw new Error('a trap');
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const traps: ProxyHandler<object> = {
  get: fail,
  has: fail,
  set: fail,
  ownKeys: fail,
  getPrototypeOf: fail,
  setPrototypeOf: fail,
  defineProperty: fail,
  deleteProperty: fail,
  getOwnPropertyDescriptor: fail,
  isExtensible: fail,
  preventExtensions: fail,
};

function withGetter(on: object, key: PropertyKey, thrown: () => unknown = () => new Error('a getter')): object {
  return Object.defineProperty(on, key, {
    enumerable: true,
    configurable: true,
    get() {
      throw thrown();
    },
  });
}

class ThrowingName {
  static get name(): string {
    return fail();
  }
}

class OddMap extends Map<unknown, unknown> {
  override [Symbol.iterator](): never {
    return fail();
  }
}

class OddArray extends Array<unknown> {
  static override get [Symbol.species](): ArrayConstructor {
    return fail();
  }
}

class OddError extends Error {
  override get name(): string {
    return fail();
  }
  override get message(): string {
    return fail();
  }
}

function cyclic(): Error {
  const error = new Error('cyclic');
  error.cause = error;
  return Object.assign(error, { self: error });
}

function deepCause(): Error {
  let error = new Error('0');
  for (let depth = 1; depth < 3_000; depth++) error = new Error(`${depth}`, { cause: error });
  return error;
}

/** Each is made anew, by name, for a task cannot be given them. */
export const hostile: Readonly<Record<string, () => unknown>> = {
  revokedProxy: () => revoked({}),
  revokedArray: () => revoked([]),
  revokedError: () => revoked(new Error('gone')),
  revokedFunction: () => revoked(() => {}),
  trappedProxy: () => new Proxy({}, traps),
  trappedArray: () => new Proxy([1], traps),
  trappedError: () => new Proxy(new Error('trapped'), traps),
  trappedFunction: () => new Proxy(() => {}, traps),
  proxyWithoutPrototype: () => new Proxy(new TypeError('half'), { getPrototypeOf: fail }),
  proxyWithoutKeys: () => new Proxy({ a: 1 }, { ownKeys: fail }),
  proxyOfPromise: () => new Proxy({}, { get: (_target, key) => (key === 'then' ? undefined : fail()) }),
  getter: () => withGetter({ a: 1 }, 'b'),
  getterThrowsRevoked: () => withGetter({}, 'a', () => revoked({})),
  getterThrowsNothing: () => withGetter({}, 'a', () => undefined),
  constructorGetter: () => withGetter({}, 'constructor'),
  toStringTag: () => withGetter({}, Symbol.toStringTag),
  toStringThrows: () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  toJsonThrows: () => withGetter({ a: 1 }, 'toJSON'),
  inspectThrows: () => ({ [Symbol.for('nodejs.util.inspect.custom')]: fail }),
  hasInstance: () => ({ [Symbol.hasInstance]: fail }),
  throwingName: () => new ThrowingName(),
  throwingNameClass: () => ThrowingName,
  namelessFunction: () => Object.defineProperty(() => {}, 'name', { value: Symbol('no name') }),
  symbol: () => Symbol('a symbol'),
  oddMap: () => new OddMap([[{ key: 1 }, new Error('in a map')]]),
  oddArray: () => OddArray.from([1, new Error('in an array')]),
  noPrototype: () => Object.create(null) as object,
  prototypeKeys: () => JSON.parse('{"__proto__":{"a":1},"constructor":{"b":2},"then":3}') as object,
  pretender: () => Object.create(Error.prototype) as object,
  oddError: () => new OddError('odd'),
  errorStack: () => withGetter(new Error('stack'), 'stack'),
  errorName: () => withGetter(new Error('name'), 'name'),
  errorMessage: () => withGetter(new Error('message'), 'message'),
  errorCause: () => withGetter(new Error('cause'), 'cause'),
  errorStackIsNoText: () => Object.assign(new Error('stack'), { stack: [1, { toString: fail }] }),
  errorNameIsNoText: () => Object.assign(new Error('name'), { name: Symbol('x') }),
  errorMessageIsNoText: () => Object.assign(new Error(), { message: { toString: fail } }),
  errorMessageIsSymbol: () => Object.assign(new Error(), { message: Symbol('x') }),
  errorCauseIsHostile: () => new Error('outer', { cause: new Proxy({}, traps) }),
  errorCauseIsRevoked: () => new Error('outer', { cause: revoked({}) }),
  errorsAreHostile: () => new AggregateError([revoked({}), new Proxy({}, traps), cyclic()], 'many'),
  errorConstructor: () => withGetter(new RangeError('constructor'), 'constructor'),
  frozenError: () => Object.freeze(new Error('frozen')),
  cyclic,
  deepCause,
  domException: () => new DOMException('dom', 'AbortError'),
  undefined: () => undefined,
};

export type Way = 'throw' | 'reject' | 'property' | 'cause' | 'return' | 'resolve';

/** Hands one on. */
export const handOn = task(import.meta, function handOn(name: string, way: Way): unknown {
  const thing = hostile[name]?.();
  switch (way) {
    case 'throw':
      throw thing;
    case 'reject':
      return Promise.reject(thing as Error);
    case 'property':
      throw Object.assign(new RangeError('the carrier'), { code: 'ECARRY', thing });
    case 'cause':
      throw new RangeError('the carrier', { cause: thing });
    case 'return':
      return thing;
    case 'resolve':
    default:
      return Promise.resolve([thing]);
  }
});

export const yieldOne = task(import.meta, function* yieldOne(name: string) {
  yield 1;
  yield [hostile[name]?.()];
});

export const reportOne = task(import.meta, function reportOne(name: string): string {
  context().report(1);
  context().report([hostile[name]?.()]);
  return 'reported';
});

export const takeAny = task(import.meta, function takeAny(_value: unknown): string {
  return 'taken';
});

/** Ends when it is told to, and says what it was told. */
export const untilAborted = task(import.meta, function untilAborted(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const { signal } = context();
    const keep = setInterval(() => {}, 1_000);
    signal.addEventListener('abort', () => {
      clearInterval(keep);
      reject(signal.reason as Error);
    });
  });
});

export const sayOne = task(import.meta, async function sayOne(): Promise<string> {
  context().report('one');
  await new Promise((resolve) => setTimeout(resolve, 20));
  return 'said';
});

export const failAlways = task(import.meta, function failAlways(): never {
  throw new RangeError('always');
});

export const throwNamed = task(import.meta, function throwNamed(name: string): never {
  throw hostile[name]?.();
});

/** What programs and libraries do to what all code shares; each returns what takes it back. */
export const spoilers: Readonly<Record<string, () => () => void>> = {
  stackAsList: () => replace(Error, 'prepareStackTrace', (_error: unknown, sites: unknown[]) => sites),
  stackAsObject: () => replace(Error, 'prepareStackTrace', () => ({ toString: fail })),
  stackThrows: () => replace(Error, 'prepareStackTrace', fail),
  stackIsNothing: () => replace(Error, 'prepareStackTrace', () => undefined),
  noStack: () => replace(Error, 'stackTraceLimit', 0),
  stackLimitIsNothing: () => replace(Error, 'stackTraceLimit', undefined),
  arrayToJson: () => replace(Array.prototype, 'toJSON', () => 'an array'),
  objectToJson: () => replace(Object.prototype, 'toJSON', () => 'an object'),
  toJsonThrows: () => replace(Object.prototype, 'toJSON', fail),
  stringify: () => replace(JSON, 'stringify', () => 'replaced'),
  parse: () => replace(JSON, 'parse', () => 'replaced'),
  ...Object.fromEntries(
    [
      'payload',
      'payloadError',
      'apart',
      'forms',
      'timed',
      'yields',
      'reports',
      'carries',
      'waits',
      'isFailure',
      'cause',
    ].map((key): [string, () => () => void] => [`inherited ${key}`, () => replace(Object.prototype, key, [1])]),
  ),
  ...Object.fromEntries(
    ['get', 'set', 'value', 'writable', 'enumerable'].map((key): [string, () => () => void] => [
      `inherited ${key}`,
      () => replace(Object.prototype, key, () => {}),
    ]),
  ),
  errorName: () => replace(Error.prototype, 'name', 'Replaced'),
  captureStackTrace: () => replace(Error, 'captureStackTrace', fail),
};

function replace(on: object, key: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(on, key);
  const after = { __proto__: null, value, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(on, key, after as PropertyDescriptor);
  return () => {
    if (before === undefined) delete (on as Record<string, unknown>)[key];
    else Object.defineProperty(on, key, Object.assign(Object.create(null) as object, before));
  };
}

/** Spoils the worker, for as long as it lives. */
export const spoil = task(import.meta, function spoil(name: string): void {
  spoilers[name]?.();
});

/** What a task is called with, and an error as users write them. */
export const echoOrThrow = task(import.meta, function echoOrThrow(value: unknown, message?: string): unknown {
  if (message !== undefined) throw Object.assign(new RangeError(message, { cause: new Error('inner') }), { value });
  return value;
});

// Functions that fail, each in its own way.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, portable, task } from '../support/task.ts';

export class PaymentError extends Error {
  static {
    portable(import.meta, this);
  }
  override readonly name = 'PaymentError';
  readonly cents: number;

  constructor(cents: number) {
    super(`cannot pay ${cents} cents`);
    this.cents = cents;
  }

  get euros(): number {
    return this.cents / 100;
  }
}

class UnknownError extends RangeError {
  readonly hint = 'not portable';
}

class NeedsArgumentsError extends TypeError {
  readonly at: { readonly line: number };
  constructor(place: { readonly line: number }) {
    super(`in line ${place.line}`);
    this.at = place;
  }
}

function goesRound(): Error {
  const outer = new Error('outer', { cause: new TypeError('inner') });
  (outer.cause as Error).cause = outer;
  return outer;
}

const thrown: Record<string, () => unknown> = {
  false: () => false,
  nan: () => Number.NaN,
  bigint: () => 10n,
  text: () => 'only a text',
  array: () => [1, undefined, new Error('inside')],
  suppressed: () => new SuppressedError(new TypeError('as it was closed'), new RangeError('before'), 'two at once'),
  suppressedNothing: () => new SuppressedError(undefined, null),
  goesRound,
  aggregateOfItself: () => {
    const error = new AggregateError([], 'of itself');
    error.errors.push(error, 'no error', undefined);
    return error;
  },
  deepCause: () => {
    let error = new Error('0');
    for (let depth = 1; depth < 50; depth++) error = new Error(`${depth}`, { cause: error });
    return error;
  },
  causeOfNothing: () => new Error('its cause is undefined', { cause: undefined }),
  domWithProperties: () => Object.assign(new DOMException('quota', 'QuotaExceededError'), { bytes: 5 }),
  needsArguments: () => new NeedsArgumentsError({ line: 7 }),
  frozenPortable: () => Object.freeze(new PaymentError(1)),
  evilKeys: () =>
    Object.assign(
      new Error('with evil keys'),
      JSON.parse('{"constructor":{"prototype":{"polluted":1}},"prototype":1,"toString":2}') as object,
    ),
  evilProto: () =>
    Object.defineProperty(new Error('with __proto__'), '__proto__', { value: { polluted: 1 }, enumerable: true }),
  noMessage: () => new Error(),
  lines: () => new Error('of\nseveral\nlines'),
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  empty: () => '',
  symbol: () => Symbol('gone'),
  object: () => ({ reason: 'an object', nested: [1, 2] }),
  Error: () => new Error('plain'),
  TypeError: () => new TypeError('of a type'),
  RangeError: () => new RangeError('out of range'),
  SyntaxError: () => new SyntaxError('no syntax'),
  URIError: () => new URIError('no uri'),
  EvalError: () => new EvalError('no eval'),
  ReferenceError: () => new ReferenceError('no reference'),
  code: () => Object.assign(new Error('with a code'), { code: 'ENOENT', path: '/nowhere', list: [1, { two: 2n }] }),
  cause: () => new Error('outer', { cause: new TypeError('middle', { cause: { deepest: true } }) }),
  causeCycle: () => {
    const error = new Error('goes round');
    error.cause = error;
    return error;
  },
  aggregate: () => new AggregateError([new Error('one'), new TypeError('two')], 'several'),
  dom: () => new DOMException('took too long', 'TimeoutError'),
  abort: () => new DOMException('stopped', 'AbortError'),
  frozen: () => Object.freeze(new Error('frozen')),
  portable: () => new PaymentError(250),
  portableInside: () => new Error('around', { cause: new PaymentError(99) }),
  unknownClass: () => new UnknownError('of a class nobody registered'),
  withFunction: () => Object.assign(new Error('with a function'), { retry: () => 1, code: 7 }),
  throwingGetter: () =>
    Object.defineProperty(new Error('with a trap'), 'trap', {
      enumerable: true,
      get() {
        throw new Error('caught in it');
      },
    }),
  huge: () => new Error('x'.repeat(5_000_000)),
  noStack: () => Object.assign(new Error('no stack'), { stack: undefined }),
  renamed: () => Object.assign(new Error('renamed'), { name: 'HttpError' }),
};

export const kindsOfThrown = Object.keys(thrown);

export const fail = task(import.meta, function fail(kind: string): never {
  throw thrown[kind]?.();
});

export const failLater = task(import.meta, async function failLater(kind: string, ms = 1): Promise<never> {
  await sleepFor(ms);
  throw thrown[kind]?.();
});

/** Fails for the number given, and waits for all others. */
export const failAt = task(import.meta, async function failAt([n, bad]: [number, number]): Promise<number> {
  await sleepFor(n === bad ? 20 : 5);
  if (n === bad) throw new Error(`${n} is bad`);
  return n;
});

export const returnFunction = task(import.meta, function returnFunction(): unknown {
  return { rows: [1, { parse: () => 1 }] };
});

const scratch = { count: 0, bytes: new Uint8Array(4) };

export const returnSame = task(import.meta, function returnSame(): typeof scratch {
  scratch.count++;
  scratch.bytes.fill(scratch.count);
  return scratch;
});

/** Fails first; or later, though it was told to end; or heeds that; or does not fail. */
export const failInTurn = task(import.meta, async function failInTurn(how: string): Promise<string> {
  if (how === 'heeds') await sleepFor(5_000, undefined, { signal: context().signal });
  await sleepFor(how === 'first' ? 20 : 80);
  if (how === 'fine') return how;
  throw new Error(`${how} failed`);
});

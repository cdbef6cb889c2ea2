// Things that are thrown and are no errors.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { context, task } from '../../src/index.ts';

/** As the ErrorEvent of a WebSocket is, which not every supported Node shows. */
class ErrorEvent extends Event {
  readonly #error: unknown;
  constructor(type: string, error: unknown) {
    super(type);
    this.#error = error;
  }
  get error(): unknown {
    return this.#error;
  }
  get message(): string {
    return '';
  }
}

class HttpFailure {
  status = 503;
  message = 'unavailable';
  socket = process.stdout;
}

class Closed {
  readonly #reason = 'going away';
  get reason(): string {
    return this.#reason;
  }
  get socket(): unknown {
    return process.stdout;
  }
  get broken(): never {
    throw new Error('cannot be read');
  }
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

export const things: Record<string, () => unknown> = {
  event: () => new Event('open'),
  errorEvent: () => new ErrorEvent('error', Object.assign(new TypeError('connection refused'), { code: 'ECONN' })),
  response: () => new Response('gone', { status: 410, statusText: 'Gone' }),
  instance: () => new HttpFailure(),
  private: () => new Closed(),
  marker: () => new (class Marker {})(),
  promise: () => Promise.resolve(1),
  module: () => new URLSearchParams('a=b'),
  map: () => new Map([[1, process.stdout]]),
  function: () => function onDone() {},
  symbol: () => Symbol('gone'),
  revoked: () => revoked.proxy,
};

export const throwThing = task(import.meta, function throwThing(name: string): never {
  throw things[name]?.();
});

/** The same as the cause of an error, and among the errors of another. */
export const throwForThing = task(import.meta, function throwForThing(name: string): never {
  throw new AggregateError([things[name]?.()], 'for it', { cause: things[name]?.() });
});

export const rejectWithThing = task(import.meta, async function rejectWithThing(name: string): Promise<never> {
  await Promise.resolve();
  throw things[name]?.();
});

export const setUpWithThing = task(import.meta, function setUpWithThing(name: string): never {
  throw things[name]?.();
});

/** Throws an error of the copy of polyloop that stands in this folder. */
export const throwOfCopy = task(import.meta, async function throwOfCopy(folder: string): Promise<never> {
  const { QueueFullError } = (await import(
    pathToFileURL(`${folder}/index.ts`).href
  )) as typeof import('../../src/index.ts');
  throw new QueueFullError('of the copy', 7);
});

/** Writes down what it was aborted with; what it reports then is not heard any more. */
export const tellReason = task(import.meta, function tellReason(file: string): Promise<void> {
  const { signal } = context();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      writeFileSync(file, String(signal.reason));
      resolve();
    });
    context().report('waiting');
  });
});

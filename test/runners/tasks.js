// Task functions for the tests that other runners run. Their workers load this module as plain Node does.
import { context, fromWire, portable, task, toWire } from '../../dist/index.js';

export class Money {
  static {
    portable(import.meta, this);
  }
  constructor(cents) {
    this.cents = cents;
  }
}

export class Secret {
  static {
    portable(import.meta, this);
  }
  #word;
  constructor(word) {
    this.#word = word;
  }
  get word() {
    return this.#word;
  }
  [toWire]() {
    return this.#word;
  }
  static [fromWire](word) {
    return new Secret(word);
  }
}

export const echo = task(import.meta, function echo(value) {
  return value;
});

export const fail = task(import.meta, function fail(name) {
  if (name === 'event') throw new Event('closed');
  if (name === 'dom') throw new DOMException('stopped', 'AbortError');
  throw Object.assign(new RangeError('out of range', { cause: new TypeError('inner') }), { code: 'E_RANGE' });
});

export const sleep = task(import.meta, async function sleep(ms) {
  const { signal } = context();
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
});

export const count = task(import.meta, function* count(to) {
  for (let n = 0; n < to; n++) yield n;
});

export const report = task(import.meta, function report(value) {
  context().report(value);
});

/** @type {(numbers: AsyncIterable<number>) => Promise<number>} */
async function addUp(numbers) {
  let all = 0;
  for await (const n of numbers) all += n;
  return all;
}

export const sum = task(import.meta, addUp);

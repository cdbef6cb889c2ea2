// Functions with arguments that are read while they run: streams, async iterables, signals; and messages.
import { appendFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

/** What an argument is here. */
function kindOf(value: unknown): string {
  if (value instanceof ReadableStream) return 'ReadableStream';
  if (value instanceof Readable) return value.readableObjectMode ? 'Readable of objects' : 'Readable';
  if (value instanceof AbortSignal) return 'AbortSignal';
  return Symbol.asyncIterator in Object(value) ? 'async iterable' : typeof value;
}

/** When it is aborted, the reason. */
export const waitForAbort = task(import.meta, async function waitForAbort(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  return signal.reason;
});

export const isAborted = task(import.meta, function isAborted(signal: AbortSignal): [string, boolean] {
  return [kindOf(signal), signal.aborted];
});

/** Two signals of one argument: whether they are the same here. */
export const areSame = task(
  import.meta,
  function areSame(pair: { one: AbortSignal; deep: Map<string, AbortSignal[]> }) {
    return pair.one === pair.deep.get('other')?.[0];
  },
);

/** Everything that it reads, and what the argument is. */
export const readAll = task(import.meta, async function readAll(source: AsyncIterable<unknown>): Promise<
  [string, unknown[]]
> {
  const values: unknown[] = [];
  for await (const value of source) values.push(value);
  return [kindOf(source), values];
});

export const readAllDeep = task(
  import.meta,
  async function readAllDeep(
    given: { name: string; parts: AsyncIterable<unknown>[] },
    more: number,
  ): Promise<unknown[]> {
    const values: unknown[] = [given.name, more];
    for (const part of given.parts) for await (const value of part) values.push(value);
    return values;
  },
);

/** Reads so many, with a while between them, then leaves. */
export const readSome = task(
  import.meta,
  async function readSome(source: AsyncIterable<unknown>, most: number, pauseMs: number): Promise<unknown[]> {
    const values: unknown[] = [];
    for await (const value of source) {
      values.push(value);
      if (values.length >= most) break;
      await sleepFor(pauseMs);
    }
    return values;
  },
);

export const readSomeOf = task(
  import.meta,
  async function readSomeOf(
    { source, signal }: { source: AsyncIterable<unknown>; signal: AbortSignal },
    most: number,
  ): Promise<number> {
    let count = 0;
    for await (const _value of source) if (++count >= most || signal.aborted) break;
    return count;
  },
);

/** Reads by events, and does not listen for errors; goes on until it is told to end. */
export const listenForData = task(
  import.meta,
  async function listenForData(source: Readable, file: string): Promise<number> {
    source.on('data', () => appendFileSync(file, 'd'));
    const { signal } = context();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return process.pid;
  },
);

/** Yields each value of a source, doubled. */
export const double = task(import.meta, async function* double(source: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const value of source) yield 2 * value;
});

/** How many bytes there are, read by a reader of its own memory. */
export const countBytes = task(
  import.meta,
  async function countBytes(stream: ReadableStream<Uint8Array>): Promise<number> {
    const reader = stream.getReader({ mode: 'byob' });
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(1_000));
      bytes += value?.length ?? 0;
      if (done) return bytes;
    }
  },
);

/** Never reads what it is given. */
export const readNothing = task(import.meta, async function readNothing(_source: unknown): Promise<string> {
  return 'nothing';
});

/** Notes each attempt; reads so many values and then fails. */
export const failAfterReading = task(
  import.meta,
  async function failAfterReading(source: AsyncIterable<unknown>, count: number, file: string): Promise<string> {
    appendFileSync(file, 'a');
    const iterator = source[Symbol.asyncIterator]();
    for (let n = 0; n < count; n++) await iterator.next();
    if (context().attempt === 1) throw new RangeError('the first attempt fails');
    return 'done';
  },
);

/** The same, but its worker dies. */
export const dieAfterReading = task(
  import.meta,
  async function dieAfterReading(source: AsyncIterable<unknown>, count: number, file: string): Promise<unknown[]> {
    appendFileSync(file, 'a');
    const values: unknown[] = [];
    const iterator = source[Symbol.asyncIterator]();
    for (let n = 0; n < count; n++) values.push((await iterator.next()).value);
    if (context().attempt === 1) process.kill(process.pid, 'SIGKILL');
    return values;
  },
);

/** Reads for ever, and ends when it is told to, with what it was told by its read. */
export const readForever = task(import.meta, async function readForever(source: AsyncIterable<unknown>, file: string) {
  try {
    for await (const _value of source) appendFileSync(file, 'r');
  } catch (error) {
    appendFileSync(file, ` ${(error as Error).name}`);
    throw error;
  }
});

/** Yields each message again, until it is told to stop. */
export const repeat = task(import.meta, async function* repeat(): AsyncGenerator<unknown> {
  for await (const message of context().messages) {
    if (message === 'stop') return;
    yield message;
  }
});

/** Yields a first value before it reads any message, and the rest after a break between each. */
export const readInParts = task(import.meta, async function* readInParts(parts: number): AsyncGenerator<unknown> {
  yield 'ready';
  for (let part = 0; part < parts; part++) {
    for await (const message of context().messages) {
      yield message;
      break;
    }
  }
});

/** Notes when its messages are over. */
export const noteEnd = task(import.meta, async function* noteEnd(file: string): AsyncGenerator<unknown> {
  yield 'ready';
  let count = 0;
  for await (const _message of context().messages) count++;
  appendFileSync(file, `over after ${count}`);
});

/** Yields, and reads no message. */
export const deaf = task(import.meta, async function* deaf(): AsyncGenerator<string> {
  yield 'ready';
  await sleepFor(1e6, undefined, { signal: context().signal });
});

export const countMessages = task(import.meta, async function countMessages(): Promise<number> {
  let count = 0;
  for await (const _message of context().messages) count++;
  return count;
});

/** Fails at its first attempt, before it takes a message. */
export const failBeforeMessage = task(import.meta, async function* failBeforeMessage(): AsyncGenerator<unknown> {
  if (context().attempt === 1) throw new RangeError('before the first message');
  for await (const message of context().messages) {
    yield message;
    return;
  }
});

/** Takes one message, and then fails or dies. */
export const dieAfterMessage = task(
  import.meta,
  async function* dieAfterMessage(dies: boolean): AsyncGenerator<string> {
    for await (const _message of context().messages) {
      if (dies) process.kill(process.pid, 'SIGKILL');
      else throw new RangeError('after the first message');
    }
    yield 'over';
  },
);

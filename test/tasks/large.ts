// Functions that hand on more than one message holds.
import { context, task } from '../support/task.ts';

export const sizeOf = task(import.meta, function sizeOf(value: { readonly data: ArrayBuffer }): number {
  return value.data.byteLength;
});

export const giveLarge = task(import.meta, function giveLarge(bytes: number): object {
  return { rows: [1, { data: new ArrayBuffer(bytes) }] };
});

export const yieldLarge = task(import.meta, function* yieldLarge(bytes: number) {
  yield 1;
  yield { data: new ArrayBuffer(bytes) };
});

export const reportLarge = task(import.meta, function reportLarge(bytes: number): void {
  context().report({ data: new ArrayBuffer(bytes) });
});

export const throwLarge = task(import.meta, function throwLarge(bytes: number): never {
  throw Object.assign(new RangeError('with much'), { data: new ArrayBuffer(bytes) });
});

/** Ends when it is told to, with the message of the reason. */
export const reasonOf = task(import.meta, async function reasonOf(): Promise<string> {
  const { signal } = context();
  const keep = setInterval(() => {}, 1_000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  clearInterval(keep);
  throw signal.reason;
});

/** Reads all values, and returns what each is, and what the source has thrown. */
export const readEach = task(import.meta, async function readEach(values: AsyncIterable<unknown>): Promise<string[]> {
  const read: string[] = [];
  try {
    for await (const value of values) read.push(typeof value);
  } catch (error) {
    read.push(String(error).slice(0, 100));
  }
  return read;
});

/** Ends when the signal is aborted, with the message of the reason. */
export const reasonOfArgument = task(import.meta, async function reasonOfArgument(stop: AbortSignal): Promise<string> {
  const keep = setInterval(() => {}, 1_000);
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve));
  clearInterval(keep);
  return String(stop.reason);
});

export const relay = task(import.meta, async function* relay(): AsyncGenerator<string> {
  for await (const message of context().messages) {
    yield typeof message;
    if (message === 'last') return;
  }
});

export const restore = task(import.meta, function restore(_value: unknown, fn: () => unknown): unknown {
  return fn();
});

export const text = task(import.meta, function text(megabytes: number): { text: string } {
  return { text: 'x'.repeat(megabytes << 20) };
});

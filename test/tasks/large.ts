// Functions that hand on more than one message holds.
import { context, task } from '../../src/index.ts';

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

export const text = task(import.meta, function text(megabytes: number): { text: string } {
  return { text: 'x'.repeat(megabytes << 20) };
});

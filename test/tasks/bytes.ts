// Bytes there and back.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

export const addOne = task(import.meta, function addOne(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) + 1;
  return bytes;
});

/** Changes a byte in a place and gives the memory back, as it was given. */
export const touch = task(import.meta, function touch(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes[0] = 42;
  context().transfer([bytes.buffer]);
  return bytes;
});

export const lengthLater = task(import.meta, async function lengthLater(bytes: ArrayBuffer, ms: number) {
  if (ms > 0) await sleepFor(ms);
  return bytes.byteLength;
});

export const lengthOf = task(import.meta, function lengthOf(text: string): number {
  return text.length;
});

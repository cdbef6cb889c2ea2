// Functions that change what they are given.
import { task } from '../support/task.ts';

export const countUp = task(import.meta, function countUp(counter: { n: number }): number {
  return ++counter.n;
});

export const countUpSecond = task(import.meta, function countUpSecond(_n: number, { inner }: { inner: { n: number } }) {
  return ++inner.n;
});

export const growFirst = task(import.meta, function growFirst(bytes: Uint8Array | Float64Array): [
  string,
  number,
  number,
] {
  bytes[0] = (bytes[0] ?? 0) + 1;
  return [bytes.constructor.name, bytes[0], bytes.length];
});

/** Whether both are views of the same memory, as they were. */
export const shareMemory = task(import.meta, function shareMemory(one: Uint8Array, other: Uint8Array): boolean {
  one[0] = 7;
  return other[0] === 7;
});

const date = new Date(0);

export const sameDate = task(import.meta, function sameDate(_n: number): { date: Date } {
  return { date };
});

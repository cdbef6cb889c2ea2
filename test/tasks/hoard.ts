// Uses up its worker's memory.
import { task } from '../support/task.ts';

export const hoard = task(import.meta, function hoard(): number {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, n) => n + kept.length));
});

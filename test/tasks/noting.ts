// A function that notes that it ran.
import { appendFileSync } from 'node:fs';

import { task } from '../support/task.ts';

export const notes = task(import.meta, function notes(file: string, n: number): number {
  appendFileSync(file, `${n}\n`);
  return n;
});

// Tasks that print.
import { writeSync } from 'node:fs';

import { task } from '../../src/index.ts';

export const printBoth = task(import.meta, function printBoth(n: number): void {
  if (n === 0) return;
  process.stdout.write(`out ${n}\n`);
  process.stderr.write(`err ${n}\n`);
});

export const printAndKill = task(import.meta, function printAndKill(): void {
  writeSync(2, 'last words\n');
  process.kill(process.pid, 'SIGKILL');
});

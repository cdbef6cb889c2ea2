// Tasks that print.
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

import { context, task } from '../support/task.ts';

export const printBoth = task(import.meta, function printBoth(n: number): void {
  if (n === 0) return;
  process.stdout.write(`out ${n}\n`);
  process.stderr.write(`err ${n}\n`);
});

export const printAndKill = task(import.meta, function printAndKill(): void {
  writeSync(2, 'last words\n');
  process.kill(process.pid, 'SIGKILL');
});

export function lineOf(n: number): string {
  return `line ${String(n).padStart(6, '0')} ${'x'.repeat(100)}\n`;
}

/** Lines of more than 100 bytes, each with its number, to stdout and to stderr. */
export const printLines = task(import.meta, function printLines(count: number): number {
  for (let n = 0; n < count; n++) {
    process.stdout.write(lineOf(n));
    process.stderr.write(lineOf(n));
  }
  return count;
});

/** Prints nothing before its worker ends. */
export const printAtExit = task(import.meta, function printAtExit(count: number): void {
  process.on('exit', () => printLines(count));
});

export const printAndExit = task(import.meta, function printAndExit(count: number): void {
  printLines(count);
  process.exit(3);
});

export const printAndThrowOutside = task(
  import.meta,
  async function printAndThrowOutside(count: number): Promise<void> {
    printLines(count);
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
    await new Promise(() => {});
  },
);

export const printAndFail = task(import.meta, function printAndFail(count: number): never {
  printLines(count);
  throw new RangeError('it has printed');
});

/** Kills its worker at the first attempt. */
export const printAtSecondAttempt = task(import.meta, function printAtSecondAttempt(count: number): void {
  if (context().attempt === 1) process.exit(1);
  printLines(count);
});

export const printInWorker = task(import.meta, function printInWorker(id: number, count: number): void {
  if (context().worker.id === id) printLines(count);
});

/** Starts processes that live on with the streams of this one: one of them writes without end, the other one is the result. */
export const leaveHolders = task(import.meta, function leaveHolders(): number {
  const [, holder] = [['yes'], ['sleep', '60']].map(([command = '', ...args]) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.unref();
    return child.pid ?? 0;
  });
  return holder ?? 0;
});

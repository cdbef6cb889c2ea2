// Functions whose tasks move, stay, or must not run twice.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

export interface Note {
  readonly file?: string;
  readonly n: number;
  readonly dies?: boolean;
}

/** Notes that it has started, and may take its worker with it. */
export const note = task(import.meta, function note({ file, n, dies }: Note): number {
  if (file !== undefined) appendFileSync(file, `${n} `);
  if (dies === true) process.kill(process.pid, 'SIGKILL');
  return n;
});

/** A setup that fails until the file is there. */
export const needs = task(import.meta, function needs(file: string): void {
  if (!existsSync(file)) throw new Error(`${file} is not there yet`);
});

/** Ends at once where it has nothing to wait for; tells its worker. */
export const mayWait = task(import.meta, function mayWait(ms: number): number | Promise<number> {
  const { id } = context().worker;
  return ms === 0 ? id : sleepFor(ms, id);
});

/** Goes on for as long as it is told, if it is; tells how much memory it was given. */
export const holdBytes = task(import.meta, function holdBytes(given: { bytes: ArrayBuffer; ms: number }):
  | number
  | Promise<number> {
  return given.ms === 0 ? given.bytes.byteLength : sleepFor(given.ms, given.bytes.byteLength);
});

export const spinFor = task(import.meta, function spinFor(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return context().worker.id;
});

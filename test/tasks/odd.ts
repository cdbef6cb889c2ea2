// Functions that do what nobody expects.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';
import { WebAssembly } from '../support/web-assembly.ts';

/** Has the name of one of polyloop's own errors, as a driver may. */
class PoolClosedError extends Error {}

export const throwNamesake = task(import.meta, function throwNamesake(): never {
  throw new PoolClosedError('of the database');
});

export const throwingThen = task(import.meta, function throwingThen(): unknown {
  return {
    // oxlint-disable-next-line no-thenable
    get then(): never {
      throw new Error('then throws');
    },
  };
});

export const throwWithSharedMemory = task(import.meta, function throwWithSharedMemory(): never {
  throw Object.assign(new RangeError('the original'), { code: 'EORIG', memory: new SharedArrayBuffer(8) });
});

export const matched = task(import.meta, function matched(text: string): RegExpMatchArray | null {
  return /(?<middle>b+)/.exec(text);
});

export const giveUndetachable = task(import.meta, function giveUndetachable(): number {
  context().transfer([new WebAssembly.Memory({ initial: 1 }).buffer as ArrayBuffer]);
  return 5;
});

export const bigResult = task(import.meta, function bigResult(bytes: number): Uint8Array {
  return new Uint8Array(bytes);
});

/** Says in a file that it started, then takes its process down. */
export const markAndDie = task(import.meta, function markAndDie(mark: string): void {
  appendFileSync(mark, 'started\n');
  process.kill(process.pid, 'SIGKILL');
  for (;;);
});

/** Dies, or says in a file that it ran, a moment after. */
export const dieOrMark = task(import.meta, async function dieOrMark([what, mark]: [string, string]): Promise<void> {
  if (what === 'die') {
    const end = performance.now() + 400;
    while (performance.now() < end);
    process.exit(1);
  }
  appendFileSync(mark, 'ran\n');
  await sleepFor(10);
});

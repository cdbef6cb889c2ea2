// Functions that show how work is spread.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Takes no time at all, or as much as it is told. */
export const mayTakeLong = task(import.meta, function mayTakeLong(ms: number): number {
  if (ms > 0) spin(ms);
  return ms;
});

export const spinHere = task(import.meta, function spinHere(ms: number): number {
  spin(ms);
  return context().worker.id;
});

let calls = 0;
let running = 0;
let most = 0;

/** For its first calls in a worker a plain function, then an async one. Tells the most that ran at once there. */
export const changesItsWay = task(import.meta, function changesItsWay(n: number, plainCalls: number):
  | Told
  | Promise<Told> {
  const told = (isAsync: boolean): Told => ({ n, isAsync, most, worker: context().worker.id });
  if (++calls <= plainCalls) return told(false);
  most = Math.max(most, ++running);
  return sleepFor(2).then(() => {
    running--;
    return told(true);
  });
});

interface Told {
  readonly n: number;
  readonly isAsync: boolean;
  readonly most: number;
  readonly worker: number;
}

/** Notes in a file that it has started; then ends at once, or takes its worker with it. */
export const mayDie = task(
  import.meta,
  function mayDie(n: number, file: string | undefined, fate: 'live' | 'kill' | 'exit'): number {
    if (file !== undefined) appendFileSync(file, `${n}\n`);
    if (fate === 'kill') process.kill(process.pid, 'SIGKILL');
    if (fate === 'exit') process.exit(1);
    return n;
  },
);

export const weigh = task(import.meta, function weigh(bytes: Uint8Array): number {
  spin(2);
  return bytes.length;
});

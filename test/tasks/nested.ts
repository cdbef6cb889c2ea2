// A task that has a pool of its own.
import { closeSync, openSync } from 'node:fs';

import { Pool, task, type TaskFunction, type WorkerKind } from '../../src/index.ts';
import { increment } from './basic.ts';

export const nested = task(import.meta, async function nested(n: number): Promise<number> {
  const pool = new Pool({ workers: 1 });
  try {
    return 2 * (await pool.run(increment, n));
  } finally {
    await pool.close();
  }
});

export const nestForEver: TaskFunction<() => Promise<number>> = task(
  import.meta,
  async function nestOneMore(): Promise<number> {
    const pool = new Pool({ kind: 'thread', workers: 1 });
    try {
      return 1 + (await pool.run(nestForEver));
    } finally {
      await pool.close();
    }
  },
);

/** Says so through a file, and spins. */
export const markAndSpin = task(import.meta, function markAndSpin(file: string): never {
  closeSync(openSync(file, 'w'));
  for (;;);
});

/** Has a pool of its own, of which a task spins for ever. */
export const nestAndSpin = task(
  import.meta,
  async function nestAndSpin(kind: WorkerKind, file: string): Promise<never> {
    return new Pool({ kind }).run(markAndSpin, file);
  },
);

/** How many workers a pool has here, where nobody says. */
export const defaultWorkers = task(import.meta, async function defaultWorkers(): Promise<number> {
  const pool = new Pool({ kind: 'thread' });
  await pool.run(increment, 1);
  const { length } = pool.stats().workers;
  await pool.close();
  return length;
});

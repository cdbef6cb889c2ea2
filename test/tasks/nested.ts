// A task that has a pool of its own.
import { Pool, task, type TaskFunction } from '../../src/index.ts';
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

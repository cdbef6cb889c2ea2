// The same, with a broadcast and a setup.
import { Pool, task } from '../../../src/index.ts';

export const double = task(import.meta, async function double(n: number): Promise<number> {
  return 2 * n;
});
export const setUp = task(import.meta, async function setUp(): Promise<void> {});

const pool = new Pool({ workers: 2, setup: { task: setUp } });
console.log(await pool.broadcast(double, 21));
await pool.close();

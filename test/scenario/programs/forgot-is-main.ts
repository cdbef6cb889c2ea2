// A program that forgot `isMain`: its workers load it, and would start pools of their own.
import { Pool, task } from '../../../src/index.ts';

export const double = task(import.meta, async function double(n: number): Promise<number> {
  return 2 * n;
});

const pool = new Pool({ workers: 2 });
console.log(await pool.run(double, 21));

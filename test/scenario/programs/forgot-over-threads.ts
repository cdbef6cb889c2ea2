// The same, over threads, where the rejection that nobody waits for ends the thread.
import { Pool, task } from '../../../src/index.ts';

export const double = task(import.meta, async function double(n: number): Promise<number> {
  return 2 * n;
});

async function main(): Promise<void> {
  const pool = new Pool({ kind: 'thread', workers: 2 });
  console.log(await pool.run(double, 21));
}

void main();

// The same, in a way that nobody waits for.
import { Pool, task } from '../../../src/index.ts';

export const double = task(import.meta, async function double(n: number): Promise<number> {
  return 2 * n;
});

async function main(): Promise<void> {
  await Promise.resolve();
  const pool = new Pool({ workers: 2 });
  console.log(await pool.run(double, 21));
}

main().catch((error: unknown) => console.log(`caught: ${String(error)}`));

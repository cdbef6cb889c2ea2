// Uses a pool and neither closes nor terminates it: the program must end all the same.
import { isMain, Pool, type WorkerKind } from '../../../src/index.ts';
import { increment, sleep } from '../../tasks/basic.ts';

if (isMain(import.meta)) {
  const pool = new Pool({ kind: process.argv[2] as WorkerKind, workers: 2 });
  console.log(await pool.run(increment, 1));
  // Accepted work keeps the program alive, though nobody waits for it here.
  void pool.run(sleep, 300).then(() => console.log('slept'));
}

// A task takes all file descriptors of its worker for longer than the pool waits between its questions: `no-descriptors.ts KIND`.
import { isMain, Pool, type WorkerKind } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';
import { takeDescriptors } from '../../tasks/measures.ts';

if (isMain(import.meta)) {
  const pool = new Pool({ kind: process.argv[2] as WorkerKind, workers: 1 });
  await pool.run(increment, 1);
  const fails = pool.run(takeDescriptors, 1_500);
  const beside = pool.run(increment, 2);
  console.log(JSON.stringify({ fails: await fails, beside: await beside, worker: pool.stats().workers[0]?.id }));
  await pool.close();
}

// Leaves a map whose tasks do not heed it, and terminates while their grace runs.
import { isMain, Pool } from '../../../src/index.ts';
import { neverUnlessFirst } from '../../tasks/abortable.ts';

if (isMain(import.meta)) {
  const pool = new Pool({ workers: 1, graceMs: 10_000 });
  const iterator = pool.map(neverUnlessFirst, [0, 1, 2])[Symbol.asyncIterator]();
  await iterator.next();
  const left = iterator.return?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await pool.terminate();
  await left;
  console.log('terminated');
}

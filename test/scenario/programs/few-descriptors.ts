// Starts more workers than there are file descriptors for.
import { isMain, Pool } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';

if (isMain(import.meta)) {
  const pool = new Pool({ workers: 12 });
  const ended = await Promise.allSettled(Array.from({ length: 24 }, () => pool.run(increment, 1)));
  console.log(`${ended.length} settled`);
}

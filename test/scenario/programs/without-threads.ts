// Worker processes that may start no thread: what takes back tasks from a blocked loop, and ends a worker without a program, is missing.
import { Pool } from '../../../src/index.ts';
import { increment, pid, spin } from '../../tasks/basic.ts';

const pool = new Pool({ workers: 2 });
const results = await pool
  .map(
    increment,
    Array.from({ length: 500 }, (_, at) => at),
  )
  .toArray();
console.log(results.reduce((sum, each) => sum + each, 0));
// Short tasks that wait behind long ones may be asked back, and are answered when the loop is free.
const mixed = Array.from({ length: 60 }, (_, at) => (at % 20 === 0 ? pool.run(spin, 30) : pool.run(increment, at)));
console.log((await Promise.all(mixed)).length);
const late = pool.with({ queueTimeoutMs: 1 }).run(increment, 1);
console.log((await Promise.allSettled([late])).length);
if (process.argv[2] === 'dies') {
  console.log((await pool.broadcast(pid)).join());
  process.kill(process.pid, 'SIGKILL');
}
await pool.close();
console.log('closed');

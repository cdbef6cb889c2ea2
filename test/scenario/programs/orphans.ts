// Starts workers that never come back, prints their pids, and waits to be killed.
import { isMain, Pool } from '../../../src/index.ts';
import { never, pid, spinForever } from '../../tasks/basic.ts';

if (isMain(import.meta)) {
  const pool = new Pool({ workers: 3 });
  const pids = await pool.broadcast(pid);
  const [how = 'wait'] = process.argv.slice(2);
  void pool.run(spinForever).catch(() => {});
  void pool.run(spinForever).catch(() => {});
  void pool.run(never).catch(() => {});
  setTimeout(() => {
    console.log(JSON.stringify(pids));
    if (how === 'exit') process.exit(0);
    if (how === 'throw') throw new Error('thrown by the parent');
  }, 200);
}

// A program whose worker had no thread beside its loop for a while, and spins now. It waits to be killed.
import { Pool } from '../../../src/index.ts';
import { increment, sleep, spin } from '../../tasks/basic.ts';

const preload = new URL('../../tasks/few-threads.ts', import.meta.url).href;
const pool = new Pool({ workers: 1, execArgv: ['--import', preload], env: { FEW_THREADS_TIMES: '1' } });
await pool.run(increment, 1);
// By then the thread has been tried again.
await pool.run(sleep, 1_500);
void pool.run(spin, 60_000).catch(() => {});
setTimeout(() => console.log(`spins ${pool.stats().workers[0]?.pid}`), 100);

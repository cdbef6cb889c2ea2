// A program that handles the signals to its process group, and finishes its tasks: `signalled.ts KIND SIGNAL WHEN`.
import { Pool, type WorkerKind } from '../../../src/index.ts';
import { until } from '../../support/pools.ts';
import { increment, pid, sleep } from '../../tasks/basic.ts';

const [kind, signal, when] = process.argv.slice(2) as [WorkerKind, NodeJS.Signals, 'working' | 'starting'];
let heard = 0;
process.on(signal, () => heard++);

/** To all of the group, and so to this program as well. */
async function signalAll(): Promise<void> {
  const before = heard;
  process.kill(0, signal);
  await until(() => heard > before, 'it is heard');
}

const pool = new Pool({ kind, workers: 2, concurrency: 4 });
if (when === 'working') await pool.broadcast(pid);
const tasks = [...Array.from({ length: 20 }, () => pool.run(sleep, 100)), pool.map(increment, [1, 2, 3]).toArray()];
const everywhere = pool.broadcast(increment, 1);
if (when === 'working') await until(() => pool.stats().workers.every(({ inFlight }) => inFlight > 0), 'they work');
else await until(() => pool.stats().workers.length === 2, 'they start');
for (let times = 0; times < 3; times++) {
  await signalAll();
  await new Promise((resolve) => setTimeout(resolve, 15));
}
const ends = await Promise.allSettled([...tasks, everywhere]);
const workers = pool.stats().workers.map(({ id }) => id);
await pool.close();
const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
console.log(
  JSON.stringify({ fulfilled: ends.length - reasons.length, reasons, ...(when === 'working' && { workers }) }),
);

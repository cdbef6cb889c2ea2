// What polyloop measures fails in this program: `no-measures.ts KIND`. It prints how its tasks ended.
import os from 'node:os';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';

import { Pool, type WorkerKind } from '../../../src/index.ts';
import { increment, sleep } from '../../tasks/basic.ts';
import { failAt } from '../../tasks/failing.ts';

const fail = (): never => {
  throw new Error('a subscriber, or a measure, that fails');
};
os.availableParallelism = fail;
syncBuiltinESMExports();
process.emitWarning = fail;
const all = { start: fail, end: fail, asyncStart: fail, asyncEnd: fail, error: fail };
for (const name of ['polyloop:task', 'polyloop:worker']) tracingChannel(name).subscribe(all);
for (const event of ['ready', 'recycled', 'unresponsive', 'responsive'])
  channel(`polyloop:worker:${event}`).subscribe(fail);
let uncaught = 0;
// Node says by this that a subscriber has thrown.
process.on('uncaughtException', () => uncaught++);

const pool = new Pool({
  kind: process.argv[2] as WorkerKind,
  recycle: { afterTasks: 10 },
  onOutput: () => {},
  teardown: { task: failAt, args: [[0, 0]] },
});
const ends = await Promise.allSettled([
  ...Array.from({ length: 20 }, (_, n) => pool.run(increment, n)),
  pool.run(failAt, [0, 0]),
  pool.run(sleep, 300),
  pool.map(increment, [1, 2, 3]).toArray(),
]);
await pool.close();
const fulfilled = ends.filter(({ status }) => status === 'fulfilled').length;
console.log(JSON.stringify({ fulfilled, rejected: ends.length - fulfilled, isHeard: uncaught > 0 }));

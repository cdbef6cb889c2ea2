// A module that Node preloads (`--import`) and that runs a pool: every worker preloads it too.
import { appendFileSync, readFileSync } from 'node:fs';

import { Pool, type WorkerKind } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';

const [log = '', kind = ''] = process.env['POOL_BEFORE_WORKER']?.split('|') ?? [];
appendFileSync(log, `${process.pid}\n`);
if (readFileSync(log, 'utf8').split('\n').length > 20) process.exit(99);
const pool = new Pool({ workers: 1, kind: kind as WorkerKind });
try {
  console.log('ran', await pool.run(increment, 1));
} catch (error) {
  console.log(String(error));
}
await pool.close();

// A program whose `process.execPath` runs this program again, as in a single executable that nothing tells apart from Node. Each start is
// noted in a file; a bound keeps the test's machine alive where the pool does not.
import { appendFileSync, readFileSync } from 'node:fs';

import { Pool, type PoolOptions, WorkerStartError } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';

const [log = '', path = '', options = '{}'] = process.env['STARTS_ITSELF']?.split('|') ?? [];
const most = 20;

appendFileSync(log, `${process.pid}\n`);
if (readFileSync(log, 'utf8').split('\n').length > most) process.exit(99);
process.execPath = path;
const pool = new Pool({ workers: 1, ...(JSON.parse(options) as PoolOptions) });
try {
  console.log('ran', await pool.run(increment, 1));
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
  if (error instanceof WorkerStartError) console.log(`It said: ${error.stderr}`);
  else process.exitCode = 1;
}
await pool.close();

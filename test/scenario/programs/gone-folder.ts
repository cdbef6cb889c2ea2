// The folder in which this program stands is gone: before polyloop is loaded, before the pool is made, or before workers start.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { WorkerKind } from '../../../src/index.ts';

const [, , kind, when] = process.argv;
function leave(): void {
  const folder = mkdtempSync(join(tmpdir(), 'polyloop-gone-'));
  process.chdir(folder);
  rmdirSync(folder);
}

if (when === 'load') leave();
const { Pool } = await import('../../../src/index.ts');
const { increment } = await import('../../tasks/basic.ts');
if (when === 'pool') leave();
const pool = new Pool({ kind: kind as WorkerKind, workers: 1 });
if (when === 'start') leave();
if (when === 'later') {
  await pool.run(increment, 0);
  leave();
}
try {
  console.log(await pool.run(increment, 1));
} catch (error) {
  console.log(String(error));
}
await pool.close();

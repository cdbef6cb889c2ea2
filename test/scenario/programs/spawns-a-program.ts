// A task that spawns another program, which uses a pool too.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { isMain, Pool, task, type WorkerKind } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';

const spawnsAnother = task(import.meta, function spawnsAnother(): string {
  return execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'other'], { encoding: 'utf8' });
});

if (isMain(import.meta)) {
  const [, , kind] = process.argv;
  const pool = new Pool({ workers: 1, kind: kind === 'other' ? 'process' : (kind as WorkerKind) });
  console.log(kind === 'other' ? await pool.run(increment, 41) : await pool.run(spawnsAnother));
  await pool.close();
}

// Asks for workers where its user may have no more processes.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import { isMain, Pool } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';

if (isMain(import.meta)) {
  // Node's own threads must be there before.
  await Promise.all(Array.from({ length: 8 }, () => readFile(import.meta.filename)));
  execFileSync('prlimit', ['--pid', `${process.pid}`, '--nproc=1:1']);
  const pool = new Pool({ workers: 2 });
  const ended = await Promise.allSettled(Array.from({ length: 4 }, () => pool.run(increment, 1)));
  const codes = ended.map((end) =>
    end.status === 'rejected' ? (end.reason as { cause?: { code?: string } }).cause?.code : 'fulfilled',
  );
  console.log(`${[...new Set(codes)].join()} for ${ended.length}`);
}

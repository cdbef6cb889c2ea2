// Asks for workers where its user may have no more processes.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

import { isMain, Pool } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';

/** Starts processes until there may be no more. */
async function takeAll(): Promise<ChildProcess[]> {
  const taken: ChildProcess[] = [];
  for (;;) {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    child.on('error', () => {});
    if (child.pid === undefined) return taken;
    taken.push(child);
    await once(child, 'spawn');
  }
}

if (isMain(import.meta)) {
  // Node's own threads must be there before.
  await Promise.all(Array.from({ length: 8 }, () => readFile(import.meta.filename)));
  const taken = process.argv[2] === 'limited' ? await takeAll() : [];
  if (process.argv[2] !== 'limited') execFileSync('prlimit', ['--pid', `${process.pid}`, '--nproc=1:1']);
  const pool = new Pool({ workers: 2 });
  const ended = await Promise.allSettled(Array.from({ length: 4 }, () => pool.run(increment, 1)));
  for (const child of taken) child.kill('SIGKILL');
  const codes = ended.map((end) =>
    end.status === 'rejected' ? (end.reason as { cause?: { code?: string } }).cause?.code : 'fulfilled',
  );
  console.log(`${[...new Set(codes)].join()} for ${ended.length}`);
}

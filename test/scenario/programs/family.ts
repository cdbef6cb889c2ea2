// A pool whose task has a pool of its own, whose task spins. Ends as it is told to.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { isMain, Pool, type WorkerKind } from '../../../src/index.ts';
import { increment } from '../../tasks/basic.ts';
import { nestAndSpin } from '../../tasks/nested.ts';

if (isMain(import.meta)) {
  const [outer = 'process', inner = 'process', how = 'return'] = process.argv.slice(2);
  const pool = new Pool({ kind: outer as WorkerKind, workers: 1 });
  if (inner === 'none') await pool.run(increment, 1);
  else {
    const folder = mkdtempSync(join(tmpdir(), 'polyloop-'));
    const mark = join(folder, 'spins');
    void pool.run(nestAndSpin, inner as WorkerKind, mark).catch(() => {});
    while (!existsSync(mark)) await new Promise((resolve) => setTimeout(resolve, 10));
    rmSync(folder, { recursive: true });
    console.log('spinning');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    process.stdin.destroy();
    if (how === 'exit') process.exit(0);
    if (how === 'throw') throw new Error('thrown by the parent');
    // A program that has nothing left to do but accepted work goes on, so that work is given up.
    void pool.terminate();
  }
}

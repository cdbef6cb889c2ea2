// A program whose workers print more than its reader takes at once: `prints.ts KIND HOW[,HOW…] COUNT [heard|unread]`. It ends at
// once when its pool is closed. With `heard` it takes what they print by `onOutput`, and prints that in the end.
import { writeSync } from 'node:fs';

import { Pool, type PoolOptions, type WorkerKind } from '../../../src/index.ts';
import { until } from '../../support/pools.ts';
import { increment, pid } from '../../tasks/basic.ts';
import {
  printAndExit,
  printAtExit,
  printAndFail,
  printAndThrowOutside,
  printAtSecondAttempt,
  printInWorker,
  printLines,
} from '../../tasks/printing.ts';

const [kind, how = '', count, taken] = process.argv.slice(2) as [WorkerKind, string?, string?, string?];
const toPrint = Number(count);
const texts = { stdout: '', stderr: '' };
let isClosed = false;
const options: PoolOptions = {
  kind,
  workers: 1,
  // Not all that it prints is read; it is to end all the same.
  ...(taken === 'unread' && { graceMs: 500 }),
  ...(taken === 'heard' && {
    onOutput({ stream, chunk }) {
      texts[stream] += Buffer.from(chunk).toString() + (isClosed ? 'AFTER THE END OF THE POOL' : '');
    },
  }),
};

/** How the worker that has printed comes to its end. */
const ends: Record<string, () => Promise<Pool>> = {
  async close() {
    const pool = new Pool(options);
    await pool.run(printLines, toPrint);
    return pool;
  },
  async recycle() {
    const pool = new Pool({ ...options, recycle: { afterTasks: 1 } });
    await pool.run(printLines, toPrint);
    await until(() => pool.stats().workers[0]?.id !== 1, 'the worker is gone', 30_000);
    return pool;
  },
  async idle() {
    const pool = new Pool({ ...options, workers: { min: 0, max: 1 }, idleTimeoutMs: 20 });
    await pool.run(printLines, toPrint);
    await until(() => pool.stats().workers.length === 0, 'the worker is gone', 30_000);
    return pool;
  },
  async resize() {
    const pool = new Pool({ ...options, workers: 2 });
    await pool.broadcast(pid);
    const leaves = pool.stats().workers[1]?.id;
    await pool.broadcast(printInWorker, leaves ?? 0, toPrint);
    await pool.resize(1);
    return pool;
  },
  async teardown() {
    const pool = new Pool({ ...options, teardown: { task: printLines, args: [toPrint] } });
    await pool.run(increment, 1);
    return pool;
  },
  async setup() {
    const pool = new Pool({ ...options, setup: { task: printAndFail, args: [toPrint] } });
    await pool.run(increment, 1).catch(() => {});
    return pool;
  },
  async broadcast() {
    const pool = new Pool(options);
    await pool.broadcast(printLines, toPrint);
    return pool;
  },
  async listener() {
    const pool = new Pool(options);
    await pool.run(printAtExit, toPrint);
    return pool;
  },
  async exit() {
    const pool = new Pool(options);
    await pool.run(printAndExit, toPrint).catch(() => {});
    return pool;
  },
  async throw() {
    const pool = new Pool(options);
    await pool.run(printAndThrowOutside, toPrint).catch(() => {});
    return pool;
  },
  async quarantine() {
    const pool = new Pool(options);
    await pool.with({ retry: { attempts: 2, on: ['crash'] } }).run(printAtSecondAttempt, toPrint);
    return pool;
  },
};

/** What was heard, to stdout. */
function tell(): void {
  const text = Buffer.from(`${texts.stdout}of stderr: ${texts.stderr}`);
  for (let at = 0; at < text.length;)
    try {
      at += writeSync(1, text, at);
    } catch {
      // The pipe is full.
    }
}

if (taken === 'heard') process.once('exit', tell);
if (how === 'nothing') {
  // Nobody closes the pool; the program has nothing left to do.
  await new Pool(options).run(printLines, toPrint);
} else {
  for (const name of how.split(',')) {
    isClosed = false;
    const end = ends[name];
    if (end === undefined) throw new Error(`no such end: ${name}`);
    const pool = await end();
    await pool.close();
    isClosed = true;
  }
  process.exit();
}

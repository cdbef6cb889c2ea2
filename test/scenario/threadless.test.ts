// Worker processes that cannot have a thread beside their loop (EAGAIN): they live, and get it later.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { isAlive, makePool, until, watch } from '../support/pools.ts';
import { start } from '../support/programs.ts';
import { increment, pid, sleep, spin } from '../tasks/basic.ts';
import { workerAfterLoad } from '../tasks/holds-at-load.ts';

watch();

const execArgv = ['--import', new URL('../tasks/few-threads.ts', import.meta.url).href];

it('a worker without a thread runs its tasks, and gives back what it has not started', async (t) => {
  const pool = makePool(t, { execArgv, env: { FEW_THREADS_TIMES: 'Infinity' } });
  const workers = await pool.broadcast(pid);
  assert.deepEqual(await pool.map(increment, [1, 2, 3]).toArray(), [2, 3, 4]);
  const tasks = Array.from({ length: 20 }, (_, n) => (n === 3 ? pool.run(spin, 300) : pool.run(sleep, 5)));
  const controller = new AbortController();
  const cancelled = pool.with({ signal: controller.signal }).run(sleep, 60_000);
  controller.abort(new Error('enough'));
  await assert.rejects(cancelled, /enough/);
  await Promise.all(tasks);
  assert.deepEqual(await pool.broadcast(pid), workers);
  await pool.close();
});

it('a worker without a thread is not taken for one that is stopped while a module that loads holds its loop', async (t) => {
  const pool = makePool(t, { workers: 1, execArgv, env: { FEW_THREADS_TIMES: 'Infinity' } });
  const worker = await pool.run(pid);
  assert.equal(await pool.run(workerAfterLoad), worker);
});

it('a worker that gets its thread later ends with its program, although its loop is blocked', async () => {
  const running = start([fileURLToPath(new URL('./programs/lonely.ts', import.meta.url))]);
  await until(() => running.stdout().includes('spins'), 'its worker spins', 20_000);
  const worker = Number(/spins (\d+)/.exec(running.stdout())?.[1]);
  assert.ok(isAlive(worker));
  running.child.kill('SIGKILL');
  await until(() => running.child.signalCode !== null, 'the program is gone');
  await until(() => !isAlive(worker), 'its worker is gone', 1_000);
  await running.ended;
});

// Signals to the process group, as Ctrl-C, service managers, `timeout` and closed terminals send them. The program decides
// what they mean: its workers ignore them, and end with it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { WorkerStartError } from '../../src/index.ts';
import { argsOf, functions } from '../support/command.ts';
import { freshFile, linesOf } from '../support/files.ts';
import { children, farKinds, isAlive, makePool, rejectionOf, until, watch } from '../support/pools.ts';
import { start } from '../support/programs.ts';
import { increment, pid } from '../tasks/basic.ts';
import { whenSignalled } from '../tasks/signals.ts';

watch();

const signalled = fileURLToPath(new URL('./programs/signalled.ts', import.meta.url));
const family = fileURLToPath(new URL('./programs/family.ts', import.meta.url));
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

for (const kind of farKinds) {
  describe(`a program that handles a signal to its group, over ${kind}`, () => {
    // Threads are no processes of their own, so no signal is one more case for them.
    for (const signal of kind === 'process' ? signals : (['SIGTERM', 'SIGHUP'] as const)) {
      it(`finishes all tasks in the workers that it has: ${signal}`, async () => {
        const { stdout, stderr, code } = await start([signalled, kind, signal, 'working'], { isGroup: true }).ended;
        assert.deepEqual([stderr, code], ['', 0]);
        assert.deepEqual(JSON.parse(stdout), { fulfilled: 22, reasons: [], workers: [1, 2] });
      });
    }

    if (kind === 'thread') return;
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      it(`finishes all tasks where its workers are starting: ${signal}`, async () => {
        const { stdout, stderr, code } = await start([signalled, kind, signal, 'starting'], { isGroup: true }).ended;
        assert.deepEqual([stderr, code], ['', 0]);
        assert.deepEqual(JSON.parse(stdout), { fulfilled: 22, reasons: [] });
      });
    }
  });
}

describe('a program that does not handle a signal to its group', () => {
  for (const signal of signals) {
    it(`dies of it, and its worker, whose loop is blocked, within a second: ${signal}`, async () => {
      const running = start([family, 'process', 'thread', 'none'], { isGroup: true });
      await until(() => running.stdout().includes('spinning'), 'the worker spins');
      const { pid: parent = 0 } = running.child;
      const workers = children(parent);
      assert.equal(workers.length, 1);
      process.kill(-parent, signal);
      await until(() => running.child.signalCode === signal, 'the program is gone');
      await until(() => !workers.some(isAlive), 'its worker is gone', 1_000);
      await running.ended;
    });
  }
});

describe('the command', () => {
  // What `timeout --kill-after` does, and a terminal that is closed.
  for (const signal of ['SIGHUP', 'SIGTERM'] as const) {
    it(`leaves no worker behind where its group gets ${signal}, and then itself SIGKILL`, async () => {
      const file = freshFile();
      const running = start(argsOf(['map', `${functions}#sleepDeaf`, '-j', '2']), {
        env: { BEGUN_FILE: file },
        isGroup: true,
      });
      running.child.stdin?.end('60000\n'.repeat(4));
      await until(() => linesOf(file).length === 4, 'it is at work');
      const { pid: parent = 0 } = running.child;
      const workers = children(parent);
      process.kill(-parent, signal);
      await until(() => running.stderr().includes('waiting for 4 in flight'), 'it drains');
      assert.ok(workers.every(isAlive));
      running.child.kill('SIGKILL');
      await until(() => running.child.signalCode !== null, 'it is gone');
      await until(() => !workers.some(isAlive), 'its workers are gone', 1_000);
      await running.ended;
    });
  }
});

describe('a signal to workers that are not up yet', () => {
  const execArgv = ['--import', new URL('../tasks/signalled-early.ts', import.meta.url).href];

  it('is no failed start: others take their place, also for a broadcast', async (t) => {
    const env = { EARLY_FILE: freshFile(), EARLY_COUNT: '6' };
    const pool = makePool(t, { execArgv, env, workers: 2 });
    const everywhere = pool.broadcast(increment, 1);
    const tasks = Array.from({ length: 5 }, (_, n) => pool.run(increment, n));
    assert.deepEqual(await Promise.all(tasks), [1, 2, 3, 4, 5]);
    for (const result of await everywhere) assert.equal(result, 2);
    assert.ok(linesOf(env.EARLY_FILE).length > 6);
  });

  it('fails what waits where no worker ever comes up', async (t) => {
    const env = { EARLY_FILE: freshFile(), EARLY_COUNT: 'Infinity' };
    const pool = makePool(t, { execArgv, env, workers: 2 });
    const error = await rejectionOf(WorkerStartError, pool.run(increment, 1));
    assert.match(error.message, /could not start: it exited with SIGTERM/);
    assert.ok(linesOf(env.EARLY_FILE).length < 30);
  });
});

describe('a worker process', () => {
  for (const signal of signals) {
    it(`ignores a signal that would end it, and lets the code of the user listen to it: ${signal}`, async (t) => {
      // Node's test runner starts its programs with flags that have SIGUSR2 write a report.
      const pool = makePool(t, { workers: 1, execArgv: [] });
      const worker = await pool.run(pid);
      process.kill(worker, signal);
      assert.equal(await pool.run(increment, 1), 2);
      let isListening = false;
      const heard = pool.with({ onReport: () => (isListening = true) }).run(whenSignalled, signal);
      await until(() => isListening, 'the task listens');
      process.kill(worker, signal);
      assert.equal(await heard, signal);
      // The listener of the task is gone again.
      process.kill(worker, signal);
      assert.deepEqual(await pool.broadcast(pid), [worker]);
    });
  }
});

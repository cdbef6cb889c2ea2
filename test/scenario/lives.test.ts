// How programs and their workers live and die together.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { farKinds, isAlive, makePool, until, watch } from '../support/pools.ts';
import { run, start } from '../support/programs.ts';
import { increment, pid, surroundings } from '../tasks/basic.ts';
import { ticks } from '../tasks/ticking.ts';

watch();

const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

describe('a program', () => {
  for (const kind of farKinds) {
    it(`ends though its pool is idle and open, but not before accepted work is done, over ${kind}`, async () => {
      const { stdout, stderr, code } = await run([program('idle.ts'), kind]);
      assert.deepEqual([stdout, stderr, code], ['2\nslept\n', '', 0]);
    });

    it(`has its stdin, stdout, stderr and messages for itself, and so has a task, over ${kind}`, async () => {
      const { stdout, stderr, code } = await run([program('output.ts'), kind], { input: 'for the parent\n' });
      // What a thread prints may come after its result.
      const lines = stdout
        .trim()
        .split('\n')
        .toSorted((one, other) => other.localeCompare(one));
      assert.equal(lines[0], 'task on stdout');
      assert.deepEqual(JSON.parse(lines[1] ?? ''), { read: '', messages: 0, send: 'undefined' });
      assert.deepEqual(JSON.parse(lines[2] ?? ''), { heard: 0, parentRead: 'for the parent' });
      assert.equal(lines.length, 3);
      assert.equal(stderr, 'task on stderr\n');
      assert.equal(code, 0);
    });
  }

  it('ends at once after terminate, though something was told to end before', async () => {
    const { stdout, ms } = await run([program('terminated.ts')]);
    assert.equal(stdout, 'terminated\n');
    assert.ok(ms < 4_000, `it took ${ms} ms`);
  });

  it('may be written on the command line of node', async () => {
    const index = new URL('../../src/index.ts', import.meta.url).href;
    const tasks = new URL('../tasks/plain.ts', import.meta.url).href;
    const source = `import { Pool, tasksFrom } from '${index}';
      for (const kind of ['process', 'thread', 'inline']) console.log(await new Pool({ kind, workers: 1 }).run(tasksFrom('${tasks}').shout, kind));`;
    const { stdout, stderr } = await run(['--input-type=module', '--eval', source]);
    assert.deepEqual([stdout, stderr], ['PROCESS!\nTHREAD!\nINLINE!\n', '']);
  });

  for (const how of ['exit', 'throw', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    it(`leaves no worker behind when it ends by ${how}, not even one that spins`, async () => {
      const running = start([program('orphans.ts'), how]);
      await until(() => running.stdout().includes(']'), 'the workers are at work');
      const workers = JSON.parse(running.stdout()) as number[];
      assert.equal(workers.length, 3);
      if (how.startsWith('SIG')) running.child.kill(how as NodeJS.Signals);
      const endedAt = performance.now();
      await until(() => running.child.exitCode !== null || running.child.signalCode !== null, 'the parent is gone');
      await until(() => workers.every((worker) => !isAlive(worker)), 'the workers are gone', 1_000);
      assert.ok(performance.now() - endedAt < 1_500);
      await running.ended;
    });
  }
});

describe('an idle worker', () => {
  for (const kind of farKinds) {
    it(`goes on with the user's timers, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const before = await pool.run(ticks);
      await until(async () => (await pool.run(ticks)) > before + 5, 'its timer goes on');
    });
  }
});

describe('a worker', () => {
  for (const kind of farKinds) {
    it(`has the environment and the flags that it was given, over ${kind}`, async (t) => {
      const pool = makePool(t, {
        kind,
        workers: 1,
        env: { POLYLOOP_TEST: 'yes' },
        execArgv: ['--no-warnings'],
      });
      const { env, home, execArgv } = await pool.run(surroundings);
      assert.equal(env, 'yes');
      assert.equal(home, process.env['HOME']);
      assert.ok(execArgv.includes('--no-warnings'));
    });
  }

  it('is a process of its own', async (t) => {
    const pool = makePool(t, {});
    const pids = await pool.broadcast(pid);
    assert.equal(new Set([...pids, process.pid]).size, 3);
  });

  it('is not disturbed by Ctrl-C, which is for its parent to understand', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const [worker] = await pool.broadcast(pid);
    process.kill(worker as number, 'SIGINT');
    assert.equal(await pool.run(increment, 1), 2);
    assert.deepEqual(await pool.broadcast(pid), [worker]);
  });
});

it('who waits for a resize keeps the program alive', async () => {
  const { stdout, code } = await run([fileURLToPath(new URL('./programs/resized.ts', import.meta.url))]);
  assert.deepEqual([stdout, code], ['1 left\n', 0]);
});

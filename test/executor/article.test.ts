// The article's three programs, and what they are for: that the work really overlaps.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  InvalidOptionError,
  NotSerializableError,
  ParallelAsyncTaskExecutor,
  ParallelTaskExecutor,
} from '../../src/index.ts';
import { rejectionOf, watch } from '../support/pools.ts';
import { run, type Ended } from '../support/programs.ts';
import { Fail, Forgotten, Sleep, Spin, type Ran } from '../tasks/article.ts';

watch();

const program = (name: string, ...args: string[]): Promise<Ended> =>
  run([fileURLToPath(new URL(`../../examples/article/${name}.ts`, import.meta.url)), ...args]);

function pids(stdout: string): Set<string> {
  return new Set([...stdout.matchAll(/Hello from process\(id=(\d+)\)/g)].map((match) => match[1] ?? ''));
}

/** How long all of them together took, from when the first began: how long it takes to start processes is up to the machine. */
function span(results: readonly Ran[], eachMs: number): number {
  const ends = results.map(({ endedAt }) => endedAt);
  return Math.max(...ends) - Math.min(...ends) + eachMs;
}

describe('the article', () => {
  it('its first program runs async tasks in one process', async () => {
    const { stdout, code } = await program('async-tasks');
    assert.deepEqual([stdout, code], ['AsyncTask 1: async task!\nAsyncTask 2: async task!\n', 0]);
  });

  it('its second program runs tasks over two processes, in parallel', async () => {
    const { stdout, code } = await program('parallel-tasks');
    assert.match(stdout, /DummyTask 1: Hello from process\(id=\d+\)/);
    assert.match(stdout, /DummyTask 2: Hello from process\(id=\d+\)/);
    assert.equal(pids(stdout).size, 2);
    assert.equal(code, 0);
  });

  it('its third program runs async tasks over two processes, in parallel', async () => {
    let processes = 0;
    // Where the machine is busy the second process may be up only when the first has taken all.
    for (let tries = 0; tries < 5 && processes < 2; tries++) {
      const { stdout, code } = await program('parallel-async-tasks', '20', '100');
      assert.equal([...stdout.matchAll(/DummyAsyncTask \d+: Hello/g)].length, 20);
      assert.equal(code, 0);
      processes = pids(stdout).size;
    }
    assert.equal(processes, 2);
  });
});

describe('ParallelAsyncTaskExecutor', () => {
  it('runs 200 tasks of 200 ms on 2 processes within 1.5 s, in two processes that are not this one', async () => {
    const results = await new ParallelAsyncTaskExecutor(2).executeTasks(
      Array.from({ length: 200 }, (_, n) => new Sleep(n, 200)),
    );
    assert.ok(span(results, 200) < 1_500, `they took ${span(results, 200)} ms`);
    assert.deepEqual(
      results.map(({ name }) => name),
      Array.from({ length: 200 }, (_, n) => n),
    );
    const processes = new Set(results.map(({ pid }) => pid));
    assert.equal(processes.size, 2);
    assert.ok(!processes.has(process.pid));
  });

  it('rejects with the first failure, as map does', async () => {
    await assert.rejects(
      new ParallelAsyncTaskExecutor(2).executeTasks([new Sleep(1, 1), new Fail('too bad')]),
      /^RangeError: too bad$/,
    );
  });

  it('says what a class is missing that cannot cross', async () => {
    const error = await rejectionOf(
      NotSerializableError,
      new ParallelAsyncTaskExecutor(1).executeTasks([new Forgotten(1, 1)]),
    );
    assert.match(error.message, /`Forgotten` extends the portable class `Sleep`.*portable\(import\.meta, this\)/);
  });

  it('runs no task and starts no process for no tasks', async () => {
    assert.deepEqual(await new ParallelAsyncTaskExecutor(2).executeTasks([]), []);
  });
});

describe('ParallelTaskExecutor', () => {
  it('runs 10 tasks that spin for 100 ms on 2 processes within 1 s, in two processes that are not this one', async () => {
    const results = await new ParallelTaskExecutor(2).executeTasks(
      Array.from({ length: 10 }, (_, n) => new Spin(n, 100)),
    );
    assert.ok(span(results, 100) < 1_000, `they took ${span(results, 100)} ms`);
    assert.deepEqual(
      results.map(({ name }) => name),
      Array.from({ length: 10 }, (_, n) => n),
    );
    assert.equal(new Set(results.map(({ pid }) => pid)).size, 2);
    assert.ok(results.every(({ pid }) => pid !== process.pid));
  });

  it('takes a whole number of processes, 1 or more', () => {
    for (const wrong of [0, -1, 1.5, NaN, '2' as never]) {
      assert.throws(() => new ParallelTaskExecutor(wrong), InvalidOptionError);
      assert.throws(() => new ParallelAsyncTaskExecutor(wrong), InvalidOptionError);
    }
  });
});

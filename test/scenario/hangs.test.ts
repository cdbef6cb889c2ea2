// Loops that do not come back: they are noticed, named, and told of.
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';

import type { Pool, WorkerResponse } from '../../src/index.ts';
import { farKinds, kinds, makePool, until, watch } from '../support/pools.ts';
import { increment, never, pid, sleep, spin } from '../tasks/basic.ts';
import { spinAfterAwait, spinAfterEnd } from '../tasks/hanging.ts';

watch();

for (const kind of farKinds) {
  describe(`a worker whose loop is held, over ${kind}`, () => {
    for (const [how, name, hold] of [
      ['as a task starts', 'spin', (pool: Pool, ms: number) => pool.run(spin, ms)],
      ['in a task that has waited before', 'spinAfterAwait', (pool: Pool, ms: number) => pool.run(spinAfterAwait, ms)],
    ] as const) {
      it(`${how} is named by stats, with what it runs, and told of once, and once when it is back`, async (t) => {
        const told: string[] = [];
        const responses: WorkerResponse[] = [];
        const hear = (response: unknown, channel: string | symbol): void => {
          told.push(String(channel));
          responses.push(response as WorkerResponse);
        };
        const channels = ['polyloop:worker:unresponsive', 'polyloop:worker:responsive'];
        const pool = makePool(t, { kind, workers: 1, unresponsiveMs: 500, name: 'held' });
        // To load its module may hold the loop as well.
        await hold(pool, 0);
        for (const channel of channels) subscribe(channel, hear);
        t.after(() => channels.forEach((channel) => unsubscribe(channel, hear)));
        const held = hold(pool, 1_800);
        await until(() => told.length === 1, 'it is told of');
        const [worker] = pool.stats().workers;
        assert.ok(worker !== undefined && worker.heldMs >= 500);
        assert.deepEqual(
          worker.running.map((running) => [running.name, running.taskIds]),
          [[name, [2]]],
        );
        assert.match(pool.inspect(), /its loop has not come back for \d+ ms\n {4}running spin\w* of file:.*: task 2/);
        await held;
        await until(() => told.length === 2, 'it is back');
        assert.deepEqual(told, channels);
        const [first] = responses;
        assert.deepEqual([first?.pool, first?.worker, first?.running.length], ['held', { id: 1, pid: worker.pid }, 1]);
        assert.ok((first?.heldMs ?? 0) >= 500);
        await until(() => pool.stats().workers[0]?.heldMs === 0, 'stats say so too');
      });
    }

    it('by what a task left behind is noticed when it is given work', async (t) => {
      const pool = makePool(t, { kind, workers: 1, unresponsiveMs: 200 });
      await pool.run(spinAfterEnd, 1_500);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const waiting = pool.run(increment, 1);
      await until(() => (pool.stats().workers[0]?.heldMs ?? 0) > 0, 'it is noticed');
      assert.equal(await waiting, 2);
    });
  });
}

for (const kind of kinds) {
  describe(`a worker that only waits, over ${kind}`, () => {
    it('is not taken for one that hangs', async (t) => {
      const told: unknown[] = [];
      const hear = (response: unknown): number => told.push(response);
      const pool = makePool(t, { kind, workers: 2, unresponsiveMs: 500 });
      await pool.broadcast(sleep, 1);
      void pool.run(never).catch(() => {});
      subscribe('polyloop:worker:unresponsive', hear);
      t.after(() => unsubscribe('polyloop:worker:unresponsive', hear));
      await pool.run(sleep, 1_500);
      assert.deepEqual(told, []);
      assert.deepEqual(
        pool.stats().workers.map(({ heldMs }) => heldMs),
        pool.stats().workers.map(() => 0),
      );
    });
  });

  it(`inspect says where everything is, over ${kind}`, async (t) => {
    const pool = makePool(t, { kind, workers: 1, concurrency: 2, name: 'looked at' });
    await pool.run(pid);
    for (let n = 0; n < 20; n++) void pool.run(never).catch(() => {});
    await until(() => pool.stats().inFlight === 2, 'two run');
    await until(() => pool.inspect().includes('tasks 2, 3'), 'they have begun');
    const where = kind === 'process' ? 'process \\d+' : kind;
    const [first, second, ...lines] = pool.inspect().split('\n');
    assert.equal(first, `Pool 'looked at' (${kind}) is open: 1 workers, up to 2 tasks at once in each`);
    assert.equal(second, '  21 submitted: 1 fulfilled, 0 failed, 2 in flight, 18 queued, 0 backing off; 0 retried');
    assert.match(
      lines[0] ?? '',
      new RegExp(
        `^ {2}Worker 1 \\(${where}\\) is ready, \\d+\\.\\d s old: 2 in flight, 1 ended(; its loop has not come back for \\d+ ms)?$`,
      ),
    );
    assert.match(lines[1] ?? '', /^ {4}running never of file:.*basic\.ts: tasks 2, 3$/);
    assert.deepEqual(lines[2], '  Queued:');
    assert.match(lines[3] ?? '', /^ {4}never of file:.*basic\.ts: tasks 4, 5, 6, 7, 8, 9, 10, 11 and 10 more$/);
    assert.equal(lines.length, 4);
  });
}

it('a caller whose own loop is held does not take its workers for held, nor their tasks for late', async (t) => {
  const pool = makePool(t, { workers: 1, unresponsiveMs: 100 });
  await pool.run(increment, 1);
  const inTime = pool.with({ timeoutMs: 400 }).run(sleep, 50);
  await pool.run(increment, 1);
  const end = performance.now() + 700;
  while (performance.now() < end);
  assert.equal(await inTime, 50);
  assert.equal(pool.stats().workers[0]?.heldMs, 0);
});

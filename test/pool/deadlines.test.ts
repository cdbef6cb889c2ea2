// One time for each task, and one timer for all.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Deadlines } from '../../src/pool/deadlines.ts';
import { noOptions, Submission, type TaskOptions } from '../../src/task/submission.ts';
import { reference } from '../../src/task/task-function.ts';
import { until } from '../support/pools.ts';
import { seeded } from '../support/random.ts';

class Task extends Submission {
  constructor(options: TaskOptions = noOptions) {
    super(reference('file:///nowhere.js', 'nothing'), options, 1, 1);
  }

  argumentsOf(): void {}

  settle(): void {}

  fulfil(): void {}

  protected tail(): never {
    throw new Error('one task is not split');
  }
}

describe('deadlines', () => {
  it('ring in the order of their times, each once, and not before', async () => {
    const rung: Submission[] = [];
    const late: number[] = [];
    const deadlines = new Deadlines((task) => {
      rung.push(task);
      late.push(performance.now() - dueMs[tasks.indexOf(task as Task)]!);
    });
    const tasks = Array.from({ length: 20 }, () => new Task());
    const now = performance.now();
    const dueMs = tasks.map((_, n) => now + 10 + ((n * 7) % 20) * 2);
    for (const [n, task] of tasks.entries()) deadlines.set(task, dueMs[n]!);
    await until(() => rung.length === 20, 'all have rung');
    assert.deepEqual(
      rung.map((task) => dueMs[tasks.indexOf(task as Task)]),
      dueMs.toSorted((one, other) => one - other),
    );
    assert.ok(
      late.every((ms) => ms >= 0),
      String(late),
    );
  });

  it('ring no more when they are cleared, changed to later, or stopped', async () => {
    const rung: Submission[] = [];
    const deadlines = new Deadlines((task) => {
      rung.push(task);
      // Here and now, for on a slow machine the next may be due as well.
      deadlines.stop();
    });
    const [cleared, later, rings, stopped] = [new Task(), new Task(), new Task(), new Task()];
    const now = performance.now();
    for (const task of [cleared, later, rings]) deadlines.set(task, now + 5);
    deadlines.set(stopped, now + 40);
    deadlines.clear(cleared);
    deadlines.clear(cleared);
    deadlines.set(later, now + 1e6);
    await until(() => rung.length > 0, 'one has rung');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(rung, [rings]);
    assert.deepEqual(
      [...deadlines].map(({ submission }) => submission),
      [],
    );
  });

  it('are all there, the first first, through any mix of setting and clearing', () => {
    const deadlines = new Deadlines(() => {});
    const next = seeded(5);
    const tasks = Array.from({ length: 100 }, () => new Task());
    const known = new Map<Submission, number>();
    for (let step = 0; step < 20_000; step++) {
      const task = tasks[next(100)] as Task;
      if (next(3) === 0) {
        deadlines.clear(task);
        known.delete(task);
      } else {
        const dueMs = performance.now() + 1e6 + next(1_000);
        deadlines.set(task, dueMs);
        known.set(task, dueMs);
      }
      const [first] = deadlines;
      assert.equal(first?.atMs ?? Infinity, Math.min(...known.values()));
    }
    assert.deepEqual(new Set([...deadlines].map(({ submission }) => submission)), new Set(known.keys()));
    deadlines.stop();
  });

  it('of a task that waits are those of its queue timeout, from when it first came, and then those of its timeout', () => {
    const deadlines = new Deadlines(() => {});
    const task = new Task({ ...noOptions, queueTimeoutMs: 1_000, timeoutMs: 50_000 });
    deadlines.queued(task);
    const first = task.due?.atMs ?? 0;
    assert.ok(Math.abs(first - performance.now() - 1_000) < 50);
    deadlines.given(task);
    assert.ok(Math.abs((task.due?.atMs ?? 0) - performance.now() - 50_000) < 50);
    deadlines.queuedAgain(task);
    assert.equal(task.due?.atMs, first);
    const other = new Task();
    deadlines.queued(other);
    deadlines.queuedAgain(other);
    deadlines.given(other);
    assert.deepEqual(
      [...deadlines].map(({ submission }) => submission),
      [task],
    );
    deadlines.stop();
  });
});

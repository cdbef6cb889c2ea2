// Which worker has which key.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Keys } from '../../src/pool/keys.ts';
import type { WorkerHost } from '../../src/pool/worker-host.ts';

const worker = (id: number, tasks = 0): WorkerHost =>
  ({ id, isStaying: true, tasks: { size: tasks }, pinned: { size: 0 } }) as unknown as WorkerHost;

describe('keys', () => {
  it('stay with their worker while they have tasks, and are found again', () => {
    const keys = new Keys();
    const one = worker(1);
    keys.accepted('a');
    keys.settle('a', one);
    assert.equal(keys.hostOf('a'), one);
    keys.ended('a');
    keys.accepted('a');
    assert.equal(keys.hostOf('a'), one);
  });

  it('go to the worker with the least to do, and of several to the one with the fewest keys', () => {
    const keys = new Keys();
    const workers = [worker(1), worker(2), worker(3, 5)];
    const went = Array.from({ length: 6 }, (_, key) => {
      keys.accepted(key);
      const { host } = keys.leastBusy(workers) ?? assert.fail('there are workers');
      keys.settle(key, host);
      return host.id;
    });
    assert.deepEqual(went, [1, 2, 1, 2, 1, 2]);
  });

  it('are forgotten when they have no tasks and 10,000 were used later, in no time', () => {
    const keys = new Keys();
    const one = worker(1);
    const count = 60_000;
    const before = performance.now();
    for (let key = 0; key < count; key++) {
      keys.accepted(key);
      keys.settle(key, one);
    }
    for (let key = 0; key < count; key++) keys.ended(key);
    assert.ok(performance.now() - before < 2_000);
    assert.equal(keys.countOf(one), 10_000);
    for (const [key, host] of [
      [0, undefined],
      [count - 10_001, undefined],
      [count - 1, one],
    ] as const) {
      keys.accepted(key);
      assert.equal(keys.hostOf(key), host);
    }
  });
});

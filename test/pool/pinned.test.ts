import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Pinned } from '../../src/pool/pinned.ts';
import { patience, Queue } from '../../src/pool/queue.ts';
import type { Submission } from '../../src/task/submission.ts';
import type { FunctionReference } from '../../src/task/task-function.ts';
import { noOptions } from '../../src/task/submission.ts';
import { Waiting } from '../support/waiting.ts';

const fn: FunctionReference = { url: 'file:///pinned', name: 'pinned' };
const other: FunctionReference = { url: 'file:///pinned', name: 'other' };

const waiting = (id: number, priority = 0, of = fn): Waiting => new Waiting(of, id, 1, { ...noOptions, priority });

/** One worker, with one place at a time. */
class OnePlace {
  readonly pinned = new Pinned(1);
  readonly queue = new Queue();

  /** Takes the next of all that wait. */
  next(): Submission | undefined {
    const before = this.pinned.takeBefore(this.queue);
    if (before !== undefined) return before;
    const head = this.queue.oldest([]);
    const given = head && this.queue.take(head.lane, 1);
    if (given !== undefined) this.pinned.hearGiven(given);
    return given ?? this.pinned.take();
  }
}

describe('tasks for one worker', () => {
  it('take turns with those for any worker: the higher priority, then who came first', () => {
    const place = new OnePlace();
    for (const id of [1, 4, 5]) place.queue.push(waiting(id));
    for (const id of [2, 3, 6]) place.pinned.push(waiting(id));
    place.pinned.push(waiting(7, 1));
    place.queue.push(waiting(8, 2, other));
    assert.deepEqual(
      Array.from({ length: 9 }, () => place.next()?.id),
      [8, 7, 1, 2, 3, 4, 5, 6, undefined],
    );
  });

  it('do not keep an older one of lower priority from its turn for ever', () => {
    const place = new OnePlace();
    place.queue.push(waiting(1));
    const order: number[] = [];
    for (let id = 2; order.at(-1) !== 1; id++) {
      place.pinned.push(waiting(id, 9));
      order.push(place.next()?.id ?? -1);
      assert.ok(order.length <= patience + 1, `after ${order.length} it still waits`);
    }
    assert.equal(order.length, patience + 1);
  });

  it('are not kept from their turn for ever by others of higher priority', () => {
    const place = new OnePlace();
    place.pinned.push(waiting(1));
    const order: number[] = [];
    for (let id = 2; order.at(-1) !== 1; id++) {
      place.queue.push(waiting(id, 9));
      order.push(place.next()?.id ?? -1);
      assert.ok(order.length <= patience + 1, `after ${order.length} it still waits`);
    }
    assert.equal(order.length, patience + 1);
  });

  it('are counted, forgotten and taken out', () => {
    const pinned = new Pinned(3);
    const tasks = [1, 2, 3].map((id) => waiting(id, id % 2));
    for (const task of tasks) pinned.push(task);
    assert.ok(tasks.every(({ place }) => place === 3));
    const [, second] = tasks;
    assert.ok(second);
    pinned.forget(second);
    second.state = 'settled';
    assert.equal(pinned.size, 2);
    assert.deepEqual(
      [...pinned].map(({ id }) => id),
      [1, 3],
    );
    assert.deepEqual(
      pinned.takeAll().map(({ id, state }) => [id, state]),
      [
        [1, 'queued'],
        [3, 'queued'],
      ],
    );
    assert.equal(pinned.size, 0);
    assert.equal(pinned.take(), undefined);
  });
});

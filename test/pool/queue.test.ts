import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Queue, type Lane } from '../../src/pool/queue.ts';
import type { Submission } from '../../src/task/submission.ts';
import type { FunctionReference } from '../../src/task/task-function.ts';
import { seeded } from '../support/random.ts';
import { Waiting } from '../support/waiting.ts';

const functions = ['one', 'two', 'three'].map((name): FunctionReference => ({ url: 'file:///queue', name }));
const [one, two] = functions as [FunctionReference, FunctionReference];

const idsOf = ({ id, count }: Submission): number[] => Array.from({ length: count }, (_, at) => id + at);

/** A queue, and the tasks in it: first ids, in the order in which they were pushed. */
function queueOf(...tasks: [fn: FunctionReference, id: number, count: number][]): {
  queue: Queue;
  submissions: Waiting[];
} {
  const queue = new Queue();
  const submissions = tasks.map((task) => new Waiting(...task));
  for (const submission of submissions) queue.push(submission);
  return { queue, submissions };
}

/** Takes everything as a pool with room for all would: the ids, one list for each submission. */
function takeAll(queue: Queue, passedOver: readonly Lane[] = []): number[][] {
  const taken: number[][] = [];
  for (let next = queue.oldest(passedOver); next !== undefined; next = queue.oldest(passedOver)) {
    for (let left = next.count; left > 0;) {
      const submission = queue.take(next.lane, left);
      assert.ok(submission !== undefined && submission.count <= left);
      left -= submission.count;
      taken.push(idsOf(submission));
    }
  }
  return taken;
}

describe('the queue', () => {
  it('is first come, first served, over all functions', () => {
    const { queue } = queueOf([one, 1, 1], [two, 2, 2], [one, 4, 3], [one, 7, 1], [two, 8, 1]);
    assert.equal(queue.size, 8);
    assert.deepEqual(takeAll(queue), [[1], [2, 3], [4, 5, 6], [7], [8]]);
    assert.equal(queue.size, 0);
    assert.equal(queue.oldest([]), undefined);
  });

  it('says how many can be taken before another function has waited longer', () => {
    const { queue } = queueOf([one, 1, 4], [two, 5, 1], [one, 6, 10]);
    assert.deepEqual([queue.oldest([])?.lane.fn, queue.oldest([])?.count], [one, 4]);
    assert.deepEqual(takeAll(queue)[0], [1, 2, 3, 4]);
  });

  it('passes over functions that no worker may be given now', () => {
    const { queue } = queueOf([one, 1, 2], [two, 3, 2], [one, 5, 1]);
    const held = queue.oldest([])?.lane;
    assert.ok(held);
    assert.deepEqual(takeAll(queue, [held]), [[3, 4]]);
    assert.equal(queue.size, 3);
    assert.deepEqual(takeAll(queue), [[1, 2], [5]]);
  });

  it('splits what was submitted at once, and leaves the rest in its place', () => {
    const { queue, submissions } = queueOf([one, 1, 10], [one, 11, 1]);
    const { lane } = queue.oldest([]) as { lane: Lane };
    assert.deepEqual(idsOf(queue.take(lane, 3) as Submission), [1, 2, 3]);
    assert.equal(submissions[0]?.left, 3);
    assert.equal(queue.size, 8);
    assert.deepEqual(idsOf(queue.take(lane, 100) as Submission), [4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(idsOf(queue.take(lane, 100) as Submission), [11]);
    assert.equal(queue.take(lane, 1), undefined);
  });

  it('puts what comes back in front', () => {
    const { queue } = queueOf([one, 1, 2], [two, 3, 1], [one, 4, 1]);
    const first = queue.take((queue.oldest([]) as { lane: Lane }).lane, 2) as Submission;
    queue.putBack(first);
    assert.equal(queue.size, 4);
    assert.deepEqual(takeAll(queue), [[1, 2], [3], [4]]);
    queue.putBack(first);
    assert.deepEqual(takeAll(queue), [[1, 2]], 'also where nothing else waits');
  });

  it('skips what was cancelled', () => {
    const { queue, submissions } = queueOf([one, 1, 2], [two, 3, 2], [one, 5, 1]);
    for (const submission of submissions.slice(0, 2)) {
      queue.forget(submission);
      submission.state = 'settled';
    }
    assert.equal(queue.size, 1);
    assert.deepEqual(takeAll(queue), [[5]]);
  });

  it('is drained in order, without what was cancelled', () => {
    const { queue, submissions } = queueOf([two, 1, 1], [one, 2, 2], [two, 4, 1], [one, 5, 1]);
    const cancelled = submissions[2] as Waiting;
    queue.forget(cancelled);
    cancelled.state = 'settled';
    assert.deepEqual(queue.drain().map(idsOf), [[1], [2, 3], [5]]);
    assert.equal(queue.size, 0);
    assert.deepEqual(queue.drain(), []);
    queue.push(new Waiting(one, 6, 1));
    assert.deepEqual(takeAll(queue), [[6]], 'and can be used again');
  });

  it('does what plain lists do, through any mix of everything', () => {
    const random = seeded(11);
    const queue = new Queue();
    const lists = new Map<FunctionReference, Entry[]>(functions.map((fn) => [fn, []]));
    const listOf = (fn: FunctionReference): Entry[] => lists.get(fn) ?? [];
    const any = (): FunctionReference => functions[random(3)] ?? one;
    const held: Waiting[] = [];
    let nextId = 1;
    for (let step = 0; step < 20_000; step++) {
      const what = random(step % 400 < 200 ? 6 : 10);
      if (what < 2) {
        const submission = new Waiting(any(), nextId, 1 + random(6));
        nextId += submission.count;
        queue.push(submission);
        listOf(submission.fn).push(entryOf(submission));
      } else if (what === 2) {
        for (const submission of held.splice(random(held.length + 1))) {
          queue.putBack(submission);
          listOf(submission.fn).unshift(entryOf(submission));
        }
      } else if (what === 3) {
        const list = listOf(any());
        const [entry] = list.splice(random(list.length + 1), 1);
        if (entry !== undefined) {
          queue.forget(entry.submission);
          entry.submission.state = 'settled';
        }
      } else {
        const passed = random(3) === 0 ? any() : undefined;
        const lane = passed === undefined ? undefined : laneOf(queue, passed);
        const next = queue.oldest(lane === undefined ? [] : [lane]);
        const [first, second] = functions
          .filter((fn) => fn !== passed && listOf(fn).length > 0)
          .map((fn) => ({ fn, id: listOf(fn)[0]?.ids[0] ?? 0 }))
          .toSorted((a, b) => a.id - b.id);
        assert.equal(next?.lane.fn, first?.fn);
        if (next === undefined || first === undefined) continue;
        const list = listOf(first.fn);
        const waiting = list.reduce((sum, { ids }) => sum + ids.length, 0);
        assert.equal(next.count, Math.min(waiting, (second?.id ?? Infinity) - first.id));
        const taken = queue.take(next.lane, 1 + random(next.count)) as Waiting;
        const entry = list.shift() as Entry;
        assert.equal(taken, entry.submission);
        assert.deepEqual(idsOf(taken), entry.ids.slice(0, taken.count));
        if (taken.count < entry.ids.length)
          list.unshift({ ids: entry.ids.slice(taken.count), submission: taken.cutOff as Waiting });
        held.push(taken);
      }
      const waiting = [...lists.values()].flat();
      assert.equal(
        queue.size,
        waiting.reduce((sum, { ids }) => sum + ids.length, 0),
      );
    }
    const left = [...lists.values()].flatMap((list) => list.map(({ submission }) => submission));
    const drained = queue.drain();
    assert.deepEqual(
      drained,
      left.toSorted((a, b) => a.id - b.id),
    );
  });
});

/** What the model knows of a submission. */
interface Entry {
  readonly ids: readonly number[];
  readonly submission: Waiting;
}

function entryOf(submission: Waiting): Entry {
  return { ids: idsOf(submission), submission };
}

/** The queue's own lane of a function; undefined where nothing of it waits. */
function laneOf(queue: Queue, fn: FunctionReference): Lane | undefined {
  const others: Lane[] = [];
  for (let next = queue.oldest(others); next !== undefined; next = queue.oldest(others)) {
    if (next.lane.fn === fn) return next.lane;
    others.push(next.lane);
  }
  return undefined;
}

// A program, or what runs in a worker, has changed what all code shares: how stacks are written, what JSON says, what every
// object inherits. Tasks settle with their own outcomes all the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { type Pool, type WorkerKind } from '../../src/index.ts';
import { farKinds, kinds, makePool, watch } from '../support/pools.ts';
import { shareOf } from '../support/shares.ts';
import { echoOrThrow, spoil, spoilers, untilAborted, yieldOne } from '../tasks/hostile.ts';

watch(60_000);

const deep = { list: [1, { key: 'value' }], error: new TypeError('carried') };

/** What comes of tasks of each sort; nothing is looked at before all has settled, for the assertions may be spoiled as well. */
async function outcomes(pool: Pool): Promise<() => void> {
  const controller = new AbortController();
  const reports: unknown[] = [];
  const yielded: unknown[] = [];
  const aborted = pool.with({ signal: controller.signal }).run(untilAborted);
  const reason = new Error('told to end');
  const work = Promise.allSettled([
    pool.run(echoOrThrow, 7),
    pool.run(echoOrThrow, deep),
    pool.run(echoOrThrow, [1, 2], 'thrown'),
    pool.map(echoOrThrow, [1, 'two', deep]).toArray(),
    pool.map(echoOrThrow, [1, 2]).toArray(),
    (async () => {
      for await (const value of pool.stream(yieldOne, 'undefined')) yielded.push(value);
    })(),
    pool.with({ onReport: (value) => reports.push(value), timeoutMs: 10_000 }).run(echoOrThrow, 'with a time'),
    pool.map(echoOrThrow, [1, 2], { settled: true }).toArray(),
    aborted,
  ]);
  await sleepFor(10);
  controller.abort(reason);
  const late = sleepFor(10_000, 'late' as const, { ref: false });
  const ends = await Promise.race([work, late]);
  return () => {
    assert.ok(ends !== 'late', 'not all has settled');
    const [seven, object, thrown, mapped, numbers, stream, timed, settled, told] = ends;
    const whys = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
    assert.deepEqual(seven, { status: 'fulfilled', value: 7 }, whys.join('\n'));
    assert.equal(object.status, 'fulfilled');
    const { list, error } = (object as PromiseFulfilledResult<typeof deep>).value;
    assert.deepEqual(list, deep.list);
    assert.ok(error instanceof TypeError);
    assert.ok(thrown.status === 'rejected' && thrown.reason instanceof RangeError, whys.join('\n'));
    assert.equal(thrown.reason.message, 'thrown');
    assert.equal(typeof thrown.reason.stack, 'string');
    assert.deepEqual((thrown.reason as { value?: unknown }).value, [1, 2]);
    assert.equal((thrown.reason.cause as Error).message, 'inner');
    assert.ok(mapped.status === 'fulfilled' && mapped.value.length === 3, whys.join('\n'));
    assert.deepEqual(numbers, { status: 'fulfilled', value: [1, 2] });
    assert.equal(stream.status, 'fulfilled', whys.join('\n'));
    assert.deepEqual(yielded, [1, [undefined]]);
    assert.deepEqual(timed, { status: 'fulfilled', value: 'with a time' });
    assert.equal(settled.status, 'fulfilled', whys.join('\n'));
    assert.ok(told.status === 'rejected' && told.reason === reason);
    assert.deepEqual(reports, []);
  };
}

async function inSpoiledProgram(pool: Pool, name: string): Promise<void> {
  await pool.run(echoOrThrow, 0);
  const undo = spoilers[name]?.();
  let check: () => void;
  try {
    check = await outcomes(pool);
  } finally {
    undo?.();
  }
  check();
}

async function inSpoiledWorker(pool: Pool, name: string): Promise<void> {
  await pool.run(spoil, name);
  const check = await outcomes(pool);
  check();
}

/** `first`: where the share of `npm test` begins, so that each spoiler is in one of them. */
function each(kind: WorkerKind, first: number, spoilt: (pool: Pool, name: string) => Promise<void>): void {
  for (const name of shareOf(Object.keys(spoilers), 3, first)) {
    it(name, async (t) => {
      await spoilt(makePool(t, { kind, workers: 1 }), name);
    });
  }
}

for (const [at, kind] of kinds.entries())
  describe(`in a program with something spoiled, tasks settle, over ${kind}`, () => each(kind, at, inSpoiledProgram));
for (const [at, kind] of farKinds.entries())
  describe(`in a worker with something spoiled, tasks settle, over ${kind}`, () => each(kind, at, inSpoiledWorker));

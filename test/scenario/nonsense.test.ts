// Real workers whose user code writes where only polyloop may, or closes what only polyloop may: that worker is ended and its
// tasks are told why; nobody else notices.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import { WorkerCrashedError, type Pool } from '../../src/index.ts';
import { encodeFrame } from '../../src/wire/frame.ts';
import { freshFile, linesOf } from '../support/files.ts';
import { farKinds, makePool, rejectionOf, until, watch } from '../support/pools.ts';
import { shareOf } from '../support/shares.ts';
import { random } from '../support/random.ts';
import { increment, pid, sleep } from '../tasks/basic.ts';
import { closeChannel, noteAndWrite, promiseMuch, sayNonsense, slowExit, writeBytes } from '../tasks/nonsense.ts';
import { sayAndReturn } from '../tasks/posts.ts';

watch(60_000);

const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as object;

const messages: [what: string, batch: unknown[], says: RegExp][] = [
  ['an unknown type', [{ type: 'surprise' }], /it sent a message of an unknown type \("surprise"\)/],
  ['a run that it does not have', [{ type: 'started', run: 77, count: 1 }], /worker \d+ spoke of run 77/],
  ['outcomes of nobody', [{ type: 'turn', ends: [9, 0, 1, 0], reports: [], payload: [1] }], /spoke of run 9/],
  [
    'a time that is none',
    [{ type: 'turn', ends: [], reports: [0, 1, 0, NaN, 0], payload: [] }],
    /a report that is none/,
  ],
  ['a prototype', [{ type: '__proto__', ...evil, payload: [evil] }], /unknown type/],
];

/** That one fails, and others do not notice. */
async function assertContained(pool: Pool, culprit: Promise<unknown>, says: RegExp): Promise<void> {
  const failing = rejectionOf(WorkerCrashedError, culprit);
  const neighbours = [pool.run(sleep, 100), pool.run(sleep, 150)];
  const error = await failing;
  assert.match(error.message, says);
  assert.deepEqual(await Promise.all(neighbours), [100, 150]);
  assert.equal(await pool.run(increment, 1), 2);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
}

for (const [at, kind] of farKinds.entries()) {
  describe(`a worker, over ${kind}`, () => {
    for (const [what, batch, says] of shareOf(messages, 2, at)) {
      it(`that speaks of ${what} is ended, which says what it was`, async (t) => {
        // One at a time in each, so that the neighbours are elsewhere.
        const pool = makePool(t, { kind, workers: 3, concurrency: 1 });
        await pool.broadcast(pid);
        await assertContained(pool, pool.run(sayNonsense, batch), says);
      });
    }

    it('that closes its channel is ended, for nobody would hear of its tasks', async (t) => {
      const pool = makePool(t, { kind, workers: 3, concurrency: 1, graceMs: 300 });
      await pool.broadcast(pid);
      const what =
        kind === 'process'
          ? /its channel to the pool, file descriptor 3, was closed|exited with code 0/
          : /its port to the pool was closed/;
      await assertContained(pool, pool.run(closeChannel, 3), what);
    });
  });
}

describe('a process', () => {
  it('that closes its lifeline is ended', async (t) => {
    const pool = makePool(t, { workers: 3, concurrency: 1, graceMs: 300 });
    await pool.broadcast(pid);
    await assertContained(pool, pool.run(closeChannel, 4), /its lifeline to the pool, file descriptor 4, was closed/);
  });

  it('that writes a few bytes to its channel is ended with the next thing that it says, though that was to come from somewhere else', async (t) => {
    const pool = makePool(t, { workers: 1 });
    await pool.run(pid);
    const failing = rejectionOf(WorkerCrashedError, pool.run(writeBytes, 3, new Uint8Array([7, 7, 7])));
    const [beside] = await Promise.allSettled([pool.run(sleep, 100)]);
    assert.ok(beside.status === 'fulfilled' || beside.reason instanceof WorkerCrashedError);
    assert.match((await failing).message, /bytes that are no message/);
    assert.equal(await pool.run(increment, 1), 2);
  });

  it('that gives back through its lifeline what nobody asked for is ended, and nothing runs twice', async (t) => {
    const file = freshFile();
    const pool = makePool(t, { workers: 1 });
    await pool.run(pid);
    const error = await rejectionOf(WorkerCrashedError, pool.run(noteAndWrite, file, 4, new Uint8Array(12)));
    assert.match(error.message, /for which it was not asked|which it does not have/);
    assert.deepEqual(linesOf(file), ['started']);
  });

  it('has the grace to leave when the pool is closed, though its channel is closed before', async (t) => {
    const file = freshFile();
    const pool = makePool(t, { workers: 1 });
    await pool.run(slowExit, file, 900);
    await pool.close();
    assert.deepEqual(linesOf(file), ['left']);
  });

  it('that promises a frame of two gigabytes costs no memory, and fails when its time is up', async (t) => {
    const pool = makePool(t, { workers: 2, concurrency: 1, graceMs: 100 });
    await pool.broadcast(pid);
    const before = process.memoryUsage().rss;
    const hasty = pool.with({ timeoutMs: 500 });
    await assert.rejects(hasty.run(promiseMuch), { name: 'TaskTimeoutError' });
    assert.ok(process.memoryUsage().rss - before < 100e6);
    assert.equal(await pool.run(increment, 1), 2);
  });

  it(
    'that writes whatever bytes to its channel or its lifeline hurts nobody else, 16 times',
    { timeout: 60_000 },
    async (t) => {
      const pool = makePool(t, { workers: 2, concurrency: 4, graceMs: 100 });
      const firstSeed = Date.now() % 1e9;
      const fine = encodeFrame([{ type: 'turn', payload: ['text', { deep: [1] }] }]);
      for (let round = 0; round < 16; round++) {
        const seed = firstSeed + round;
        const chance = random(seed);
        const bytes = new Uint8Array(chance() < 0.5 ? fine : Buffer.alloc(1 + Math.floor(chance() * 60)));
        for (let left = 1 + Math.floor(chance() * 8); left > 0; left--)
          bytes[Math.floor(chance() * bytes.length)] = chance() * 256;
        const fd = chance() < 0.7 ? 3 : 4;
        // What comes of it is not foretold, but that something does.
        const hasty = pool.with({ timeoutMs: 100 });
        const [nonsense] = await Promise.allSettled([hasty.run(writeBytes, fd, bytes)]);
        assert.equal(nonsense.status, 'rejected', `seed ${seed}`);
        assert.equal(await pool.run(increment, round), round + 1, `seed ${seed}`);
      }
    },
  );
});

/** Messages as workers send them, with something in each that no worker says. */
function bentBatch(chance: () => number): unknown[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T;
  const number = (): unknown => pick<unknown>([-1, 0.5, NaN, Infinity, 2 ** 53, '0', null, undefined, {}, []]);
  const run = 1_000 + Math.floor(chance() * 1e6);
  return pick<() => unknown[]>([
    () => [{ type: 'started', run: number(), count: 1 }],
    () => [{ type: 'started', run, count: 1 }],
    () => [{ type: 'turn', ends: [0, 0, number(), 0], reports: [], payload: [1] }],
    () => [{ type: 'turn', ends: [run, 0, 1, 0], reports: [], payload: [1] }],
    () => [{ type: 'turn', ends: [], reports: [run, 1, 0, 0, 0], payload: [] }],
    () => [{ type: 'turn', ends: [], reports: [0, 1, 0, 0, pick([NaN, -Infinity, '1', null])], payload: [] }],
    () => [{ type: 'turn', ends: pick<unknown>([7, 'four', { length: 4 }, [1]]), reports: [], payload: [] }],
    () => [{ type: 'turn', ends: [], reports: [], payload: pick<unknown>([null, 'x', { length: 0 }, evil]) }],
    () => [{ type: 'pong', rssBytes: pick([NaN, -1, '7', undefined]), activeMs: 1, idleMs: 1, lagMs: 1 }],
    () => [{ type: 'pong', rssBytes: 1, activeMs: pick([1e13, -0.5, NaN, null, '1']), idleMs: 1, lagMs: 1 }],
    () => [{ type: 'said', run: number(), place: number(), how: pick(['yield', 'report', 'shout']), payload: [1] }],
    () => [
      {
        type: 'said',
        run,
        place: 0,
        how: pick(['yield', 'report']),
        payload: pick<unknown>([[1, 2], 7, undefined]),
        forms: pick<unknown>([[1], [0, 1, 1], 'x']),
      },
    ],
    () => [
      { type: 'pong', rssBytes: 1, activeMs: 0, idleMs: 0, lagMs: 0 },
      { type: pick<unknown>(['', 'toString', '__proto__', 7, null, evil]) },
    ],
    () => [number()],
  ])();
}

const descriptors = (): number => readdirSync('/proc/self/fd').length;

for (const kind of farKinds) {
  it(`workers that say what no worker says, 8 times, are ended each time and leave nothing behind, over ${kind}`, async (t) => {
    const before = { descriptors: descriptors(), rss: process.memoryUsage().rss };
    const pool = makePool(t, { kind, workers: 2, concurrency: 1 });
    await pool.broadcast(pid);
    const firstSeed = Date.now() % 1e9;
    for (let round = 0; round < 8; round++) {
      const what = `seed ${firstSeed + round}`;
      const batch = bentBatch(random(firstSeed + round));
      const [culprit, neighbour] = await Promise.allSettled([pool.run(sayAndReturn, batch), pool.run(sleep, 10)]);
      assert.ok(culprit.status === 'rejected' && culprit.reason instanceof WorkerCrashedError, what);
      assert.match(culprit.reason.message, /where only polyloop may write|, which it does not have/, what);
      assert.deepEqual(neighbour, { status: 'fulfilled', value: 10 }, what);
    }
    assert.equal(await pool.run(increment, 1), 2);
    await pool.close();
    await until(
      () => descriptors() <= before.descriptors,
      () => `no descriptor is left, but ${descriptors()} are open where ${before.descriptors} were`,
    );
    assert.ok(process.memoryUsage().rss - before.rss < 200e6);
    for (const plain of [{}, [], new Error('plain')])
      assert.equal((plain as { polluted?: unknown }).polluted, undefined);
  });
}

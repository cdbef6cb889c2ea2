// Real workers whose user code writes where only polyloop may, or closes what only polyloop may: that worker is ended and its
// tasks are told why; nobody else notices.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { WorkerCrashedError, type Pool } from '../../src/index.ts';
import { encodeFrame } from '../../src/wire/frame.ts';
import { farKinds, makePool, rejectionOf, watch } from '../support/pools.ts';
import { random } from '../support/random.ts';
import { increment, pid, sleep } from '../tasks/basic.ts';
import { closeChannel, promiseMuch, sayNonsense, writeBytes } from '../tasks/nonsense.ts';

watch();

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

for (const kind of farKinds) {
  describe(`a worker, over ${kind}`, () => {
    for (const [what, batch, says] of messages) {
      it(`that speaks of ${what} is ended, which says what it was`, async (t) => {
        // One at a time in each, so that the neighbours are elsewhere.
        const pool = makePool(t, { kind, workers: 3, concurrency: 1 });
        await pool.broadcast(pid);
        await assertContained(pool, pool.run(sayNonsense, batch), says);
      });
    }

    it('that closes its channel is ended, for nobody would hear of its tasks', async (t) => {
      const pool = makePool(t, { kind, workers: 3, concurrency: 1 });
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
    const pool = makePool(t, { workers: 3, concurrency: 1 });
    await pool.broadcast(pid);
    await assertContained(pool, pool.run(closeChannel, 4), /its lifeline to the pool, file descriptor 4, was closed/);
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
    'that writes whatever bytes to its channel or its lifeline hurts nobody else, 25 times',
    { timeout: 60_000 },
    async (t) => {
      const pool = makePool(t, { workers: 2, concurrency: 4, graceMs: 100 });
      const firstSeed = Date.now() % 1e9;
      const fine = encodeFrame([{ type: 'turn', payload: ['text', { deep: [1] }] }]);
      for (let round = 0; round < 25; round++) {
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

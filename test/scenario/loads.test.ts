// Many tasks, and large ones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { farKinds, makePool, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';
import { isWholeRun } from '../support/shares.ts';
import { increment, pid as pidOf } from '../tasks/basic.ts';
import { addOne } from '../tasks/bytes.ts';

watch();

const many = isWholeRun ? 100_000 : 25_000;

describe(`${many} tasks on two workers`, () => {
  for (const kind of farKinds) {
    it(`each end once through run, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind });
      const ends = new Uint8Array(many);
      const running: Promise<void>[] = [];
      for (let n = 0; n < many; n++) {
        running.push(
          pool.run(increment, n).then((result) => {
            assert.equal(result, n + 1);
            ends[n] = (ends[n] ?? 0) + 1;
          }),
        );
      }
      await Promise.all(running);
      assert.ok(ends.every((count) => count === 1));
      const { submitted, fulfilled, failed, queued, inFlight } = pool.stats();
      assert.deepEqual([submitted, fulfilled, failed, queued, inFlight], [many, many, 0, 0, 0]);
      assert.equal(
        pool.stats().workers.reduce((sum, { ended }) => sum + ended, 0),
        many,
      );
    });

    for (const ordered of [true, false]) {
      it(`each end once through map, ${ordered ? 'ordered' : 'unordered'}, over ${kind}`, async (t) => {
        const pool = makePool(t, { kind });
        function* count(): Generator<number> {
          for (let n = 0; n < many; n++) yield n;
        }
        const results = await pool.map(increment, count(), { ordered }).toArray();
        if (!ordered) results.sort((one, other) => one - other);
        assert.equal(results.length, many);
        assert.ok(results.every((result, n) => result === n + 1));
      });
    }
  }
});

describe('a million items', () => {
  it('that are read slowly are never more than the window ahead, and take no more memory', async () => {
    const { stdout } = await run([
      fileURLToPath(new URL('./programs/million.ts', import.meta.url)),
      'process',
      'ordered',
    ]);
    const { read, sum, window, furthestAhead, grownMb } = JSON.parse(stdout) as Record<string, number>;
    assert.deepEqual([read, sum, furthestAhead], [1_000_000, 1_000_000, window]);
    // To hold them all would take more than 220 MB.
    assert.ok((grownMb ?? Infinity) < 100, `memory grew by ${grownMb} MB`);
  });
});

describe('64 MB', () => {
  for (const kind of farKinds) {
    it(`go there and back and are equal, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const bytes = new Uint8Array(64 << 20);
      for (let at = 0; at < bytes.length; at += 4_096) bytes[at] = at >> 12;
      const back = await pool.run(addOne, bytes);
      assert.equal(back.length, bytes.length);
      assert.equal(bytes[4_096], 1, 'the original is untouched');
      for (let at = 0; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) + 1;
      assert.ok(Buffer.from(back.buffer).equals(Buffer.from(bytes.buffer)));
    });
  }

  it('and more move to a thread and back without a copy', async () => {
    const { stdout } = await run([fileURLToPath(new URL('./programs/move.ts', import.meta.url))]);
    const { length, first, last, left, grownMb } = JSON.parse(stdout) as Record<string, number>;
    assert.deepEqual([length, first, last, left], [256 << 20, 42, 1, 0]);
    assert.ok((grownMb ?? Infinity) < 64, `memory grew by ${grownMb} MB`);
  });

  it('for a worker that does not read stay with their pool: it sends no more than it must', async (t) => {
    const pool = makePool(t, { workers: 1, concurrency: 64 });
    const [worker] = await pool.broadcast(pidOf);
    const running = Array.from({ length: 20 }, () => pool.run(addOne, new Uint8Array(4 << 20)));
    // It is given something only once its loop has said that it is back. That is more than a socket holds: it is stopped while it reads.
    while (pool.stats().inFlight === 0) await nextTurn();
    process.kill(worker as number, 'SIGSTOP');
    for (let turns = 0; turns < 100; turns++) await nextTurn();
    assert.ok(pool.stats().inFlight <= 1, 'no more than one is with it');
    process.kill(worker as number, 'SIGCONT');
    const results = await Promise.all(running);
    assert.ok(results.every((bytes) => bytes.length === 4 << 20 && bytes[7] === 1));
  });
});

// What is lost with a worker, and what is held for one: no more than must be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { WorkerCrashedError } from '../../src/index.ts';
import { newFolder } from '../support/files.ts';
import { farKinds, makePool, until, watch } from '../support/pools.ts';
import { increment } from '../tasks/basic.ts';
import { mayDie, weigh } from '../tasks/spread.ts';

watch();

const ids = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

for (const kind of farKinds) {
  const count = 64;
  const killer = 30;

  for (const workers of [1, 2]) {
    it(`a worker that dies in the middle of a large message takes no more with it than it had begun, over ${kind}, ${workers} of them`, async (t) => {
      const folder = newFolder();
      const file = join(folder, 'started');
      const pool = makePool(t, { kind, workers });
      await pool.broadcast(mayDie, 0, undefined, 'live');
      for (let round = 0; round < 12; round++)
        await Promise.all(ids(2 * count).map((n) => pool.run(mayDie, n, undefined, 'live')));
      const death = kind === 'process' ? 'kill' : 'exit';
      const ends = await Promise.allSettled(
        ids(count).map((n) => pool.run(mayDie, n, file, n === killer ? death : 'live')),
      );
      const started = readFileSync(file, 'utf8').trim().split('\n').map(Number);
      assert.equal(new Set(started).size, started.length, 'none was started twice');
      const rejected = ids(count).filter((n) => ends[n]?.status === 'rejected');
      assert.ok(rejected.includes(killer));
      const neverStarted = rejected.filter((n) => !started.includes(n));
      // Where nothing but a note outlives the worker, it is made for a few at a time.
      assert.ok(neverStarted.length <= (kind === 'thread' ? 0 : Math.ceil(count / 16)), `lost: ${neverStarted.join()}`);
      if (kind === 'thread') assert.deepEqual(rejected, [killer], 'the others had ended, and it could still say so');
      for (const [n, end] of ends.entries()) {
        if (end.status === 'rejected') assert.ok(end.reason instanceof WorkerCrashedError);
        else {
          assert.equal(end.value, n);
          assert.ok(started.includes(n));
        }
      }
      await until(() => pool.stats().inFlight === 0, 'nothing is in flight');
      assert.equal(await pool.run(increment, 1), 2);
    });
  }

  it(`a map that is left leaves nothing in flight and nothing queued, over ${kind}`, async (t) => {
    const pool = makePool(t, { kind });
    await pool.map(increment, ids(20_000)).toArray();
    let pulled = 0;
    let isClosed = false;
    function* source(): Generator<number> {
      try {
        for (; pulled < 100_000; pulled++) yield pulled;
      } finally {
        isClosed = true;
      }
    }
    let read = 0;
    for await (const value of pool.map(increment, source())) {
      assert.equal(value, read + 1);
      if (++read === 10) break;
    }
    // Right away: the loop is not left before all of it has ended.
    const { queued, inFlight, submitted, fulfilled, failed } = pool.stats();
    assert.deepEqual([queued, inFlight, submitted - fulfilled - failed], [0, 0, 0]);
    assert.ok(isClosed && pulled < 100_000, `${pulled} were pulled`);
    assert.equal(await pool.run(increment, 1), 2);
  });
}

describe('400 MB on their way to a slow worker', () => {
  const megabytes = 400;
  const mb = 1 << 20;

  async function growthOf(results: AsyncIterable<number>): Promise<number> {
    const before = process.memoryUsage.rss();
    let most = before;
    let read = 0;
    for await (const length of results) {
      assert.equal(length, mb);
      read++;
      most = Math.max(most, process.memoryUsage.rss());
    }
    assert.equal(read, megabytes);
    return (most - before) / mb;
  }

  function* buffers(): Generator<Uint8Array> {
    for (let n = 0; n < megabytes; n++) yield new Uint8Array(mb).fill(n);
  }

  it('are not all in memory at once, where few tasks run at once', async (t) => {
    const pool = makePool(t, { kind: 'process', concurrency: 4 });
    await pool.broadcast(weigh, new Uint8Array(mb));
    const grown = await growthOf(pool.map(weigh, buffers()));
    assert.ok(grown < 150, `memory grew by ${Math.round(grown)} MB`);
  });
});

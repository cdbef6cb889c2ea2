// Maps that fail or are left: what is told of it, and what becomes of their source. The same over every transport.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';

import { PoolClosedError } from '../../../src/index.ts';
import { kinds, makePool, rejection, rejectionOf, until, watch } from '../../support/pools.ts';
import { echoLater, increment, sleep } from '../../tasks/basic.ts';
import { failInTurn } from '../../tasks/failing.ts';

watch();

for (const kind of kinds) {
  describe(`a map that fails, over ${kind}`, () => {
    it('keeps what its siblings failed of, but not that they were told to end', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await pool.run(increment, 0);
      const results = pool.map(failInTurn, ['first', 'later', 'heeds', 'fine']);
      assert.match(String(await rejection(results.toArray())), /first/);
      const { index, input, others } = results.failure ?? assert.fail('it has failed');
      assert.deepEqual([index, input], [0, 'first']);
      assert.deepEqual(
        others.map((other) => [other.index, other.input, (other.reason as Error).message]),
        [[1, 'later', 'later failed']],
      );
    });

    it('is over at once, however many of its items there are, where its pool is terminated', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 100 });
      await pool.run(increment, 0);
      const results = pool.map(
        sleep,
        Array.from({ length: 40_000 }, () => 50),
        { window: Infinity },
      );
      const ended = rejectionOf(PoolClosedError, results.toArray());
      await until(() => pool.stats().inFlight > 0, 'it runs');
      const before = performance.now();
      const terminated = pool.terminate();
      assert.ok(performance.now() - before < 1_000, `it took ${performance.now() - before} ms`);
      await ended;
      await terminated;
      assert.deepEqual(results.failure?.others, []);
    });
  });

  describe(`the source of a map, over ${kind}`, () => {
    it('is closed though it still owes an item, where it is a stream', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      let cancelled = false;
      const web = new ReadableStream<number>({
        start: (controller) => controller.enqueue(1),
        cancel: () => void (cancelled = true),
      });
      const node = new Readable({ objectMode: true, read() {} });
      node.push(1);
      for (const source of [web, node]) for await (const result of pool.map(echoLater, source)) if (result === 1) break;
      await until(() => cancelled && node.destroyed, 'both are closed');
      assert.equal(web.locked, false);
    });

    it('is closed though it ended the map itself as it was pulled', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const stop = new AbortController();
      const reason = new Error('from the source');
      let closed = 0;
      function* source(): Generator<number> {
        try {
          yield 1;
          stop.abort(reason);
          yield 2;
        } finally {
          closed++;
        }
      }
      assert.equal(await rejection(pool.with({ signal: stop.signal }).map(increment, source()).toArray()), reason);
      assert.equal(closed, 1);
    });
  });
}

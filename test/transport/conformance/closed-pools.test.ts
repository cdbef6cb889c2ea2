// Maps of pools that are closed while they are read. Each map fails in time, closes its source, and gives the caller's event loop back.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleepFor } from 'node:timers/promises';

import { PoolClosedError, type Pool, type WorkerKind } from '../../../src/index.ts';
import { kinds, makePool, rejection, rejectionOf, until, watch } from '../../support/pools.ts';
import { failsBefore } from '../../tasks/attempts.ts';
import { increment, sleep } from '../../tasks/basic.ts';

watch();

/** A source that never ends, and counts how often it is closed. */
function endless(): { opened: number; closed: number } & Iterable<number> {
  const source = {
    opened: 0,
    closed: 0,
    *[Symbol.iterator]() {
      source.opened++;
      try {
        for (;;) yield 1;
      } finally {
        source.closed++;
      }
    },
  };
  return source;
}

/** An async source that gives so many items and then nothing more, until it is closed. */
function stalled(items: number): { closed: number } & AsyncIterable<number> {
  let given = 0;
  const source = {
    closed: 0,
    [Symbol.asyncIterator]: () => ({
      next: () =>
        given++ < items
          ? Promise.resolve({ done: false as const, value: given })
          : new Promise<IteratorResult<number>>(() => {}),
      return() {
        source.closed++;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    }),
  };
  return source;
}

/** Ways in which more waits than `maxQueue` allows. One task runs, and runs for long. */
const overfull: Record<string, (t: TestContext, kind: WorkerKind) => Promise<Pool>> = {
  async 'a broadcast'(t, kind) {
    const pool = makePool(t, { kind, workers: 1, concurrency: 1, maxQueue: 1 });
    await pool.run(increment, 1);
    for (let n = 0; n < 3; n++) pool.broadcast(sleep, 150).catch(() => {});
    return pool;
  },
  async retries(t, kind) {
    const pool = makePool(t, { kind, workers: 1, concurrency: 1, maxQueue: 1 });
    const again = pool.with({ retry: { attempts: 2, backoff: { initialMs: 20 } } });
    for (let n = 0; n < 3; n++) {
      await pool.room();
      again.run(failsBefore, 2).catch(() => {});
    }
    await pool.room();
    pool.run(sleep, 700).catch(() => {});
    await until(() => pool.stats().queued > 1, 'the retries wait');
    return pool;
  },
};

/** What a worker process had not started when it died. */
async function givenBack(t: TestContext): Promise<Pool> {
  const pool = makePool(t, { kind: 'process', workers: 1, concurrency: 8, maxQueue: 1 });
  await pool
    .map(
      increment,
      Array.from({ length: 2_000 }, (_, n) => n),
    )
    .toArray();
  await sleepFor(5);
  await until(() => !pool.inspect().includes('has not come back'), 'it has said how its loop does');
  const pid = pool.stats().workers[0]?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  for (let n = 0; n < 8; n++) pool.run(increment, 200).catch(() => {});
  await until(() => pool.stats().inFlight > 1, 'it was given more than one');
  process.kill(pid, 'SIGKILL');
  await until(() => pool.stats().inFlight === 0 && pool.stats().queued === 8, 'they wait again');
  return pool;
}

/** A map waits for room; then the pool is ended. The event loop goes on meanwhile, and the map fails. */
async function endWhileMapWaits(pool: Pool, end: () => Promise<void>, isOver: () => boolean): Promise<void> {
  const source = endless();
  const failing = rejection(pool.map(increment, source).toArray());
  await nextTurn();
  assert.ok(isOver(), 'more waits than may');
  const ended = end();
  // The loop has come back, many times, before anything of the pool has ended.
  for (let turns = 0; turns < 20; turns++) await nextTurn();
  await sleepFor(1);
  assert.ok((await failing) instanceof Error);
  assert.equal(source.closed, source.opened);
  await ended;
}

for (const kind of kinds) {
  describe(`a map that waits for room, over ${kind}`, () => {
    for (const [why, fill] of Object.entries(overfull)) {
      for (const how of ['close', 'terminate'] as const) {
        it(`gives the event loop back when the pool is ended by ${how}() while ${why} fill the queue beyond its limit`, async (t) => {
          const pool = await fill(t, kind);
          await endWhileMapWaits(
            pool,
            () => pool[how](),
            () => pool.stats().queued > 1,
          );
        });
      }
    }
  });

  describe(`a map of a pool that is closed, over ${kind}`, () => {
    it('rejects at once, and closes what it was to read', async (t) => {
      const pool = makePool(t, { kind });
      await pool.close();
      for (const settled of [false, true]) {
        const source = stalled(0);
        const generator = (function* () {
          yield 1;
        })();
        await rejectionOf(PoolClosedError, pool.map(increment, source, { settled: settled as true }).toArray());
        await rejectionOf(PoolClosedError, pool.map(increment, generator, { settled: settled as true }).toArray());
        assert.equal(generator.next().done, true, 'it was closed');
      }
      const stream = new ReadableStream({ start: (controller) => controller.enqueue(1) });
      await rejectionOf(PoolClosedError, pool.map(increment, stream).toArray());
      assert.equal((await stream.getReader().read()).done, true, 'it was cancelled');
    });

    for (const how of ['close', 'terminate'] as const) {
      for (const reading of ['all at once', 'one after the other']) {
        it(`rejects where its source owes an item when ${how}() is called, read ${reading}`, async (t) => {
          const pool = makePool(t, { kind });
          const source = stalled(2);
          const values: number[] = [];
          const map = pool.map(increment, source);
          const reader =
            reading === 'all at once'
              ? map.toArray()
              : (async () => {
                  for await (const value of map) values.push(value);
                })();
          const failing = rejectionOf(PoolClosedError, reader);
          await until(() => pool.stats().fulfilled === 2, 'both have run');
          await pool[how]();
          await failing;
          assert.equal(source.closed, 1);
        });
      }
    }

    it('hands over everything where its source has ended before', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 2 });
      const all = pool.map(sleep, [5, 6, 7, 8], { window: 4 }).toArray();
      await nextTurn();
      await pool.close();
      assert.deepEqual(await all, [5, 6, 7, 8]);
    });

    it('hands over what it has, where a slow reader reads on', async (t) => {
      const pool = makePool(t, { kind });
      const iterator = pool.map(increment, [1, 2, 3], { window: 3 })[Symbol.asyncIterator]();
      assert.deepEqual(await iterator.next(), { done: false, value: 2 });
      await pool.close();
      assert.deepEqual(await iterator.next(), { done: false, value: 3 });
      assert.deepEqual(await iterator.next(), { done: false, value: 4 });
      assert.equal((await iterator.next()).done, true);
    });

    it('fails where it goes on reading its source, settled or not', async (t) => {
      const pool = makePool(t, { kind });
      const plain = pool.map(increment, endless(), { window: 2 })[Symbol.asyncIterator]();
      const settled = pool.map(increment, endless(), { window: 2, settled: true })[Symbol.asyncIterator]();
      await Promise.all([plain.next(), settled.next()]);
      await pool.close();
      await rejectionOf(PoolClosedError, readOn(plain));
      await rejectionOf(PoolClosedError, readOn(settled));
    });
  });

  describe(`a source and a window without an end, over ${kind}`, () => {
    it('give the event loop back, so that results arrive and the reader can leave', async (t) => {
      const pool = makePool(t, { kind });
      const source = endless();
      for await (const value of pool.map(increment, source, { window: Infinity })) {
        assert.equal(value, 2);
        break;
      }
      assert.equal(source.closed, 1);
    });
  });
}

describe('a map that waits for room, over process', () => {
  for (const how of ['close', 'terminate'] as const) {
    it(`gives the event loop back when the pool is ended by ${how}() while what a dead worker gave back fills the queue`, async (t) => {
      const pool = await givenBack(t);
      await endWhileMapWaits(
        pool,
        () => pool[how](),
        () => true,
      );
    });
  }
});

async function readOn(iterator: AsyncIterator<unknown>): Promise<void> {
  while ((await iterator.next()).done !== true);
}

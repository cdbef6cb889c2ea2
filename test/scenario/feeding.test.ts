// Workers that are killed while their tasks read what their callers feed: each task is settled, and each source closed, once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { makePool, until, watch } from '../support/pools.ts';
import { random } from '../support/random.ts';
import { double, readAll, repeat } from '../tasks/feeding.ts';

watch();

const tasks = 24;

class Source {
  begun = 0;
  closed = 0;
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    this.begun++;
    try {
      for (let n = 0; n < this.length; n++) {
        if (n % 20 === 0) await sleepFor(1);
        yield n;
      }
    } finally {
      this.closed++;
    }
  }
}

describe('workers that are killed while their tasks are fed', () => {
  it('leave no task unsettled and no source open; what arrives is whole', async (t) => {
    const seed = Date.now() % 1e9;
    const chance = random(seed);
    const pool = makePool(t, { workers: 3, concurrency: 8 });
    const retrying = pool.with({ retry: { attempts: 50, on: ['crash'], backoff: { initialMs: 0 } } });
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    t.after(() => process.off('unhandledRejection', note));
    const sources = Array.from({ length: tasks }, () => new Source(Math.floor(chance() * 200)));
    const settled: number[] = [];
    const ended = sources.map(async (source, at) => {
      const expected = Array.from({ length: source.length }, (_, n) => n);
      try {
        if (at % 2 === 0) assert.deepEqual((await retrying.run(readAll, source))[1], expected, `seed ${seed}`);
        else
          assert.deepEqual(
            await Array.fromAsync(retrying.stream(double, source)),
            expected.map((n) => 2 * n),
            `seed ${seed}`,
          );
        return 'fulfilled';
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return (error as { code?: unknown }).code;
      } finally {
        settled.push(at);
      }
    });
    while (settled.length < sources.length) {
      const worker = pool.stats().workers.find(({ state }) => state === 'ready' && chance() < 0.5);
      if (worker !== undefined && settled.length < tasks / 2) process.kill(worker.pid ?? assert.fail(), 'SIGKILL');
      await sleepFor(20 + 60 * chance());
    }
    const codes = new Set(await Promise.all(ended));
    // A worker may also be killed while it loads the module, again and again.
    const known = ['fulfilled', 'ERR_WORKER_CRASHED', 'ERR_WORKER_START'];
    for (const code of codes) assert.ok(known.includes(String(code)), `${String(code)}, seed ${seed}`);
    await until(
      () => sources.every(({ begun, closed }) => begun <= 1 && closed === begun),
      () => `each is closed once, seed ${seed}: ${JSON.stringify(sources)}`,
    );
    assert.deepEqual(unhandled, []);
  });

  it('end their messages', async (t) => {
    const pool = makePool(t, { workers: 1 });
    for (let round = 0; round < 3; round++) {
      const call = pool.stream(repeat);
      const flood = (async () => {
        let sent = 0;
        while (await call.send(sent)) sent++;
        return sent;
      })();
      let read = 0;
      const reading = (async () => {
        for await (const value of call) assert.equal(value, read++);
      })();
      const rejected = assert.rejects(reading, { code: 'ERR_WORKER_CRASHED' });
      await until(() => read > 50, 'messages come back');
      process.kill(pool.stats().workers[0]?.pid ?? assert.fail(), 'SIGKILL');
      await rejected;
      assert.ok((await flood) >= read);
    }
  });
});

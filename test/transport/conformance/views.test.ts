// A view carries its own bytes and no others, wherever it stands and whichever way it crosses. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { kinds, makePool, rejection, sharedPool, until, watch } from '../../support/pools.ts';
import { echo } from '../../tasks/basic.ts';
import * as tasks from '../../tasks/views.ts';
import { views, weightOf, type Weight } from '../../tasks/views.ts';

watch();

/** It has all of its own bytes, and no memory behind them. */
function assertOwn(weight: Weight, name: string): void {
  const { views: count, bytes, sum } = weightOf(views[name]?.());
  assert.deepEqual(weight, { views: count, bytes, sum, memoryBytes: bytes, isStrange: false }, name);
}

for (const kind of kinds) {
  describe(`a view, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    for (const [name, make] of Object.entries(views)) {
      it(`brings its own bytes only: ${name}`, async () => {
        const pool = shared();
        assertOwn(await pool.run(tasks.weigh, make()), name);
        assertOwn(weightOf(await pool.run(tasks.giveView, name)), name);
        for await (const yielded of pool.stream(tasks.yieldView, name)) assertOwn(weightOf(yielded), name);
        const reports: unknown[] = [];
        await pool.with({ onReport: (value) => reports.push(value) }).run(tasks.reportView, name);
        assertOwn(weightOf(reports[0]), name);
        const thrown = (await rejection(pool.run(tasks.throwView, name))) as { value: unknown };
        assertOwn(weightOf(thrown.value), name);
      });
    }

    it('brings its own bytes only as a reason to abort, an argument of setup, and in what is propagated', async (t) => {
      const [name] = Object.keys(views) as [string];
      const make = (): unknown => views[name]?.();
      const pool = makePool(t, {
        kind,
        workers: 1,
        setup: { task: tasks.keepForWeighing, args: [make()] },
        propagate: { capture: make, restore: tasks.restoreView },
      });
      assertOwn((await pool.run(tasks.weighState)) as Weight, name);
      assertOwn(await pool.run(tasks.weighCarried), name);
      for (const weight of await pool.map(tasks.weighCarried as never, [1, 2, 3]).toArray())
        assertOwn(weight as Weight, name);
      const controller = new AbortController();
      const reports: unknown[] = [];
      const waiting = pool
        .with({ signal: controller.signal, onReport: (value) => reports.push(value) })
        .run(tasks.weighReason);
      const rejected = rejection(waiting);
      await until(() => reports.length > 0, 'it waits');
      const reason = { bytes: make() };
      controller.abort(reason);
      assert.equal(await rejected, reason);
    });

    it('brings its own bytes only in what a task reads, and in messages to it', async () => {
      for (const [name, make] of Object.entries(views)) {
        async function* source(): AsyncGenerator<unknown> {
          yield make();
        }
        const [weight] = await shared().run(tasks.weighRead, source());
        assertOwn(weight as Weight, name);
        const call = shared().stream(tasks.weighMessages);
        const sent = call.send(make());
        for await (const heard of call) {
          assertOwn(heard, name);
          break;
        }
        await sent;
      }
    });

    it('is aligned, also where it shares its bytes with one that is not', async () => {
      const memory = new ArrayBuffer(64);
      for (const [at, bytes] of new Uint8Array(memory).entries()) new Uint8Array(memory)[at] = at + bytes;
      const given = [new Uint8Array(memory, 3, 10), new Float64Array(memory, 8, 2), new Uint16Array(memory, 12, 3)];
      const back = (await shared().run(echo, given)) as typeof given;
      assert.deepEqual(back, given);
      assert.equal(new Set(back.map(({ buffer }) => buffer)).size, 1);
      assert.ok((back[0]?.buffer.byteLength ?? 64) <= 24);
      new Uint8Array(back[1]?.buffer ?? memory)[back[1]?.byteOffset ?? 0] = 200;
      assert.equal(back[0]?.[5], 200, 'they share a byte, as they did');
    });

    it('shares memory with those that overlap it, and with that memory itself where it comes along', async () => {
      const memory = new ArrayBuffer(100);
      const [one, other, apart] = [
        new Uint8Array(memory, 0, 10),
        new Uint8Array(memory, 5, 10),
        Buffer.from(memory, 50, 5),
      ];
      const memoryOf = (part: unknown): unknown => (ArrayBuffer.isView(part) ? part.buffer : part);
      const sharing = async (...parts: unknown[]): Promise<number[]> => {
        const back = (await shared().run(echo, parts)) as unknown[];
        assert.deepEqual(back, parts);
        return back.map((part) => back.findIndex((each) => memoryOf(each) === memoryOf(part)));
      };
      assert.deepEqual(await sharing(one, other, apart), [0, 0, 2]);
      assert.deepEqual(await sharing(one, apart, memory), [0, 0, 0]);
      assert.deepEqual(await sharing(memory, one), [0, 0]);
      assert.deepEqual(await sharing(apart, new Uint16Array(memory), one), [0, 0, 0]);
    });

    it('moves with all of its memory where that is transferred', async () => {
      const memory = new ArrayBuffer(1_000);
      const weight = await shared()
        .with({ transfer: [memory] })
        .run(tasks.weigh, new Uint8Array(memory, 10, 20));
      assert.deepEqual(weight, { views: 1, bytes: 20, sum: 0, memoryBytes: 1_000, isStrange: false });
      assert.ok(memory.detached);
    });

    it('keeps memory resizable where it shows all of it', async () => {
      const memory = new ArrayBuffer(8, { maxByteLength: 16 });
      for (const given of [{ a: new Uint8Array(memory) }, { a: new Uint8Array(memory), url: new URL('a:b') }]) {
        const [first, second] = (await Promise.all([1, 2].map(() => shared().run(echo, given)))) as (typeof given)[];
        for (const back of [first, second]) {
          assert.equal(back?.a.buffer.resizable, true);
          back?.a.buffer.resize(12);
          assert.equal(back?.a.length, 12, 'it tracks the length of its memory');
        }
      }
    });

    it('is refused where its memory no longer reaches it', async () => {
      const memory = new ArrayBuffer(8, { maxByteLength: 8 });
      const view = new DataView(memory, 4, 4);
      memory.resize(2);
      assert.match(
        String(await rejection(shared().run(echo, [view]))),
        /args\[0\]\[0\] cannot cross.*no longer reaches/,
      );
    });
  });
}

it('of shared memory shares it, however little it shows, where there is any to share', async (t) => {
  for (const kind of ['inline', 'thread'] as const) {
    const memory = new SharedArrayBuffer(100);
    const back = (await makePool(t, { kind }).run(echo, [new Uint8Array(memory, 10, 5), 1])) as [Uint8Array, number];
    assert.equal(back[0].byteOffset, 10);
    back[0][0] = 7;
    assert.equal(new Uint8Array(memory)[10], 7);
  }
});

it('that is small costs what it is, however large its memory', async (t) => {
  const pool = makePool(t, { kind: 'process' });
  const memory = new Uint8Array(50e6);
  await pool.run(echo, 1);
  const before = performance.now();
  await Promise.all(
    Array.from({ length: 32 }, (_, at) => pool.run(echo, memory.subarray(at * 1_000, (at + 1) * 1_000))),
  );
  assert.ok(performance.now() - before < 2_000);
});

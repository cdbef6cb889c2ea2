// Whatever a task throws, returns or says, and whatever a caller aborts with: the task settles with its own outcome, and so do
// its neighbours. Each hostile thing at each place, over each kind.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { NotSerializableError, PolyloopBugError, type Pool, type WorkerKind } from '../../src/index.ts';
import { isA } from '../../src/task/foreign.ts';
import { kinds, makePool, watch } from '../support/pools.ts';
import { isWholeRun, shareOf } from '../support/shares.ts';
import { increment } from '../tasks/basic.ts';
import {
  failAlways,
  handOn,
  hostile,
  reportOne,
  sayOne,
  takeAny,
  throwNamed,
  untilAborted,
  yieldOne,
  type Way,
} from '../tasks/hostile.ts';

watch(60_000);

const names = Object.keys(hostile);
const settlesWithinMs = 5_000;

type Settled = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: unknown };

/** How it settles; fails where it does not. A settled thing is not looked at, for that may throw. */
async function settled(what: string, call: Promise<unknown>): Promise<Settled> {
  const outcome = call.then(
    (value): Settled => ({ ok: true, value: { value } }),
    (reason: unknown): Settled => ({ ok: false, reason }),
  );
  const late = sleepFor(settlesWithinMs, undefined, { ref: false }).then(() => {
    throw new Error(`${what} does not settle`);
  });
  const first = await Promise.race([outcome, late]);
  if (!first.ok) assert.ok(!isA(first.reason, PolyloopBugError), what);
  return first;
}

/** Its own outcome is what `check` says, and the neighbours end well. */
async function beside(pool: Pool, what: string, call: () => Promise<unknown>): Promise<Settled> {
  const neighbours = [pool.run(increment, 1), pool.run(increment, 2)];
  const own = settled(what, call());
  const later = pool.run(increment, 3);
  for (const [at, neighbour] of [...neighbours, later].entries()) {
    const end = await settled(`the neighbour ${at} of ${what}`, neighbour);
    assert.deepEqual(end, { ok: true, value: { value: at + 2 } }, what);
  }
  return await own;
}

function assertRejectedWith(end: Settled, reason: unknown, what: string): void {
  assert.ok(!end.ok && Object.is(end.reason, reason), what);
}

/** It arrives, or it is refused for what it is. */
function assertCrossedOrRefused(end: Settled, what: string): void {
  assert.ok(end.ok || isA(end.reason, NotSerializableError), what);
}

type Place = (pool: Pool, name: string, what: string) => Promise<void>;

function handedOn(way: Way): Place {
  return async (pool, name, what) => {
    const end = await beside(pool, what, () => pool.run(handOn, name, way));
    if (way === 'return' || way === 'resolve') {
      // To return a thing that cannot be awaited is to throw; what was thrown arrives.
      if (way === 'resolve') assertCrossedOrRefused(end, what);
      return;
    }
    assert.ok(!end.ok, what);
    assert.ok(!isA(end.reason, NotSerializableError), what);
    if (way === 'property' || way === 'cause') {
      assert.ok(isA(end.reason, RangeError), what);
      assert.equal(end.reason.message, 'the carrier');
      assert.match(end.reason.stack ?? '', /RangeError: the carrier\n +at/);
    }
  };
}

const places: Readonly<Record<string, Place>> = {
  'thrown by a task': handedOn('throw'),
  'what a task rejects with': handedOn('reject'),
  'a property of an error': handedOn('property'),
  'the cause of an error': handedOn('cause'),
  'the result of a task': handedOn('return'),
  'in the result of an async task': handedOn('resolve'),
  async 'in what a task yields'(pool, name, what) {
    const end = await beside(pool, what, async () => {
      for await (const _value of pool.stream(yieldOne, name));
    });
    assertCrossedOrRefused(end, what);
  },
  async 'in what a task reports'(pool, name, what) {
    const listening = pool.with({ onReport: () => {} });
    assertCrossedOrRefused(await beside(pool, what, () => listening.run(reportOne, name)), what);
  },
  async 'an argument'(pool, name, what) {
    assertCrossedOrRefused(await beside(pool, what, () => pool.run(takeAny, hostile[name]?.())), what);
  },
  async 'in an argument'(pool, name, what) {
    assertCrossedOrRefused(await beside(pool, what, () => pool.run(takeAny, { thing: [hostile[name]?.()] })), what);
  },
  async 'the reason of an abort before the start'(pool, name, what) {
    const reason = hostile[name]?.();
    const controller = new AbortController();
    controller.abort(reason);
    const { signal } = controller;
    const end = await beside(pool, what, () => pool.with({ signal }).run(untilAborted));
    assertRejectedWith(end, signal.reason, what);
  },
  async 'the reason of an abort'(pool, name, what) {
    const controller = new AbortController();
    const { signal } = controller;
    const end = await beside(pool, what, async () => {
      const running = [pool.with({ signal }).run(untilAborted), pool.with({ signal }).run(untilAborted)];
      await sleepFor(5);
      controller.abort(hostile[name]?.());
      for (const { status, reason } of (await Promise.allSettled(running)) as PromiseRejectedResult[])
        assert.ok(status === 'rejected' && Object.is(reason, signal.reason), what);
      return 'both';
    });
    assert.ok(end.ok, what);
  },
  async 'what a source throws'(pool, name, what) {
    const reason = hostile[name]?.();
    const end = await beside(pool, what, () => {
      return pool
        .map(
          increment,
          (function* () {
            yield 1;
            throw reason;
          })(),
        )
        .toArray();
    });
    assertRejectedWith(end, reason, what);
  },
  async 'what `retry.on` throws'(pool, name, what) {
    const reason = hostile[name]?.();
    const on = (): boolean => {
      throw reason;
    };
    const end = await beside(pool, what, () => pool.with({ retry: { on } }).run(failAlways));
    assertRejectedWith(end, reason, what);
  },
  async 'what `retry.on` returns'(pool, name, what) {
    const on = (): boolean => hostile[name]?.() as boolean;
    const end = await beside(pool, what, () => pool.with({ retry: { on } }).run(failAlways));
    assert.ok(!end.ok && isA(end.reason, RangeError), what);
  },
  async 'what `onReport` throws'(pool, name, what) {
    const reason = hostile[name]?.();
    const onReport = (): void => {
      throw reason;
    };
    const end = await beside(pool, what, () => pool.with({ onReport }).run(sayOne));
    assertRejectedWith(end, reason, what);
  },
  async 'thrown in a map that is settled'(pool, name, what) {
    const end = await beside(pool, what, () => pool.map(throwNamed, [name, name], { settled: true }).toArray());
    assert.ok(end.ok, what);
    const { value: entries } = end.value as { value: { status: string }[] };
    assert.deepEqual(
      entries.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  },
};

async function tryAll(t: TestContext, kind: WorkerKind, place: Place): Promise<void> {
  const pool = makePool(t, { kind, workers: 1, concurrency: 1_000 });
  // All at once: each is the neighbour of all others.
  await Promise.all(names.map((name) => place(pool, name, name)));
  assert.deepEqual(
    pool.stats().workers.map(({ id }) => id),
    [1],
    'the worker was not replaced',
  );
}

for (const kind of kinds) {
  describe(`a hostile thing, over ${kind}, harms nobody where it is`, () => {
    for (const [where, place] of Object.entries(places)) it(where, { timeout: 50_000 }, (t) => tryAll(t, kind, place));

    it('the reason with which a pool is terminated', async (t) => {
      for (const name of kind === 'inline' ? names : shareOf(names, isWholeRun ? 1 : 12, 0)) {
        const reason = hostile[name]?.();
        // That is the default.
        if (reason === undefined) continue;
        const pool = makePool(t, { kind, workers: 1 });
        const running = [pool.run(untilAborted), pool.run(untilAborted)];
        await pool.terminate(reason);
        for (const call of running) assertRejectedWith(await settled(name, call), reason, name);
      }
    });
  });
}

// Async contexts: a task starts from an empty one, and what polyloop calls of the caller's runs in that of the call. The same over
// every transport.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { describe, it } from 'node:test';

import { farKinds, kinds, makePool, rejection, until, watch } from '../../support/pools.ts';
import * as tasks from '../../tasks/contexts.ts';

watch();

const request = new AsyncLocalStorage<string>();

for (const kind of kinds) {
  describe(`async contexts, over ${kind}`, () => {
    it('keep what a task enters from all others: in the same turn, and later', async (t) => {
      const pool = makePool(t, { kind, workers: 1, setup: { task: tasks.enters, args: ['the setup'] } });
      for (let round = 0; round < 3; round++) {
        const found = await Promise.all(Array.from({ length: 200 }, (_, n) => pool.run(tasks.enters, n)));
        assert.deepEqual(new Set(found), new Set([undefined]));
      }
      assert.deepEqual(new Set(await pool.map(tasks.enters, Array(500).keys()).toArray()), new Set([undefined]));
      assert.equal(await pool.run(tasks.seen), undefined);
    });

    it('keep what a task that waits has entered for itself, also from those that start when it ends', async (t) => {
      for (const concurrency of [1, 8]) {
        const pool = makePool(t, { kind, workers: 1, concurrency });
        const mixed = Array.from({ length: 60 }, (_, n) =>
          n % 3 === 0 ? pool.run(tasks.enters, n) : pool.run(tasks.entersAndWaits, n),
        );
        for (const [n, found] of (await Promise.all<unknown>(mixed)).entries())
          assert.deepEqual(found, n % 3 === 0 ? undefined : [undefined, n, n, true]);
        assert.equal(await pool.run(tasks.seen), undefined);
      }
    });

    it('keep what a stream has entered for itself', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      for (let round = 0; round < 3; round++)
        assert.deepEqual(await Array.fromAsync(pool.stream(tasks.entersAndYields, round)), [undefined, round]);
      assert.equal(await pool.run(tasks.seen), undefined);
    });

    it('keep what a task that failed or was retried has entered from others', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const retried = pool.with({ retry: { attempts: 3, backoff: { initialMs: 1 } }, timeoutMs: 10_000 });
      assert.deepEqual(await Promise.all([retried.run(tasks.failsTwice), retried.run(tasks.enters, 1)]), [
        3,
        undefined,
      ]);
      assert.equal(await retried.run(tasks.seen), undefined);
    });

    it('keep the context of the caller from its tasks, and theirs from the caller', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await tasks.store.run('the caller', async () => {
        assert.equal(await pool.run(tasks.seen), undefined);
        assert.equal(await pool.run(tasks.enters, 'the task'), undefined);
        assert.equal(tasks.store.getStore(), 'the caller');
        for await (const found of pool.map(tasks.enters, ['the task'])) {
          assert.equal(found, undefined);
          assert.equal(tasks.store.getStore(), 'the caller');
        }
        await pool.close();
        assert.equal(tasks.store.getStore(), 'the caller');
      });
    });

    it('are the task`s own for the listeners of its signal', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const reports: unknown[] = [];
      const controller = new AbortController();
      const runner = pool.with({ signal: controller.signal, onReport: (value) => reports.push(value) });
      const failures = Promise.all(
        ['one', 'other'].map((value) => rejection(runner.run(tasks.entersAndListens, value))),
      );
      await until(() => reports.length === 2, 'both listen');
      controller.abort();
      await failures;
      assert.deepEqual(reports, ['listens', 'listens']);
    });

    it('are the task`s own for the listeners of a signal among its arguments', async (t) => {
      const { restore } = tasks;
      const pool = makePool(t, { kind, workers: 1, propagate: { capture: () => request.getStore(), restore } });
      const reports: unknown[] = [];
      const controllers = [new AbortController(), new AbortController()] as const;
      const runner = pool.with({ onReport: (value) => reports.push(value) });
      const ended = controllers.map(({ signal }, n) =>
        request.run(`call ${n}`, () => runner.run(tasks.listensTo, signal)),
      );
      await until(() => reports.length === 2, 'both listen');
      for (const controller of controllers) controller.abort();
      assert.deepEqual(await Promise.all(ended), [
        [true, 'call 0'],
        [true, 'call 1'],
      ]);
    });

    it('are those of the call for onReport', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await request.run('first', () => pool.run(tasks.seen));
      const heard: unknown[] = [];
      const runner = pool.with({ onReport: (value) => heard.push([request.getStore(), value]) });
      await request.run('second', () => runner.run(tasks.reportsTwice));
      await request.run('third', () => runner.map(tasks.reportsTwice, [undefined] as never[])).toArray();
      await runner.run(tasks.reportsTwice);
      assert.deepEqual(heard, [
        ['second', 1],
        ['second', 2],
        ['third', 1],
        ['third', 2],
        [undefined, 1],
        [undefined, 2],
      ]);
    });

    it('are those of the call for the policy of a retry', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await request.run('first', () => pool.run(tasks.seen));
      const asked: unknown[] = [];
      const on = (): boolean => asked.push(request.getStore()) > 0;
      const runner = pool.with({ retry: { attempts: 3, on, backoff: { initialMs: 1 } } });
      await request.run('second', () => runner.run(tasks.failsTwice));
      assert.deepEqual(asked, ['second', 'second']);
    });

    it('are those of the call for all that a source does', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await request.run('first', () => pool.run(tasks.seen));
      const found = new Set<unknown>();
      const note = <T>(value: T): T => {
        found.add(request.getStore());
        return value;
      };
      function* numbers(): Generator<number> {
        try {
          for (let n = 0; n < 100; n++) yield note(n);
        } finally {
          note(undefined);
        }
      }
      async function* later(): AsyncGenerator<number> {
        try {
          for (const n of numbers()) yield await Promise.resolve(note(n));
        } finally {
          note(undefined);
        }
      }
      const own = {
        [Symbol.iterator]: () =>
          note({ next: () => note({ done: false, value: 1 }), return: () => note({ done: true, value: undefined }) }),
      };
      for (const source of [numbers, later, () => own]) {
        const results = request.run('second', () =>
          pool.map(tasks.double, source() as Iterable<number>, { window: 2 }),
        );
        await request.run('the reader', async () => {
          let left = 20;
          for await (const result of results) {
            assert.equal(request.getStore(), 'the reader');
            if (--left === 0 || result === -1) break;
          }
        });
      }
      assert.deepEqual(found, new Set(['second']));
    });

    it('are those of the call for portable instances among its arguments, where they are sent and where they come back', async (t) => {
      const pool = makePool(t, { kind, workers: 1, maxQueue: 0 });
      const { store, handBack, Noting } = tasks;
      const [one, other] = await Promise.all([
        store.run('one', () => pool.run(handBack, new Noting())),
        store.run('other', () => pool.run(handBack, new Map([[1, [new Noting()]]]))),
      ]);
      // In the worker an instance is put together before its task begins, and taken apart in its task.
      assert.deepEqual((one as tasks.Noting).seen, ['one', undefined, undefined, 'one']);
      assert.deepEqual((other as Map<number, tasks.Noting[]>).get(1)?.[0]?.seen, [
        'other',
        undefined,
        undefined,
        'other',
      ]);
      // In its result alone, too.
      assert.deepEqual((await store.run('fourth', () => pool.run(tasks.makesNoting))).seen.at(-1), 'fourth');
      const mapped = await store.run('third', () => pool.map(handBack, [new Noting()])).toArray();
      assert.deepEqual((mapped[0] as tasks.Noting).seen, ['third', undefined, undefined, 'third']);
    });

    it('are those of the call for a source, however deep it stands in an argument', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await request.run('first', () => pool.run(tasks.seen));
      async function* source(): AsyncGenerator<unknown> {
        yield request.getStore();
      }
      for (const length of [1, 40]) {
        const list = [...Array(length).keys(), { source: source() }];
        assert.deepEqual(await request.run('second', () => pool.run(tasks.readDeep, { list })), ['second']);
      }
    });

    it('are those of the call for who hears of a task', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await request.run('first', () => pool.run(tasks.seen));
      const heard: unknown[] = [];
      const channel = diagnostics.tracingChannel('polyloop:task');
      const hear = (): void => void heard.push(request.getStore());
      const subscribers = { start: hear, end: hear, error: hear, asyncStart: hear, asyncEnd: hear };
      channel.subscribe(subscribers);
      t.after(() => channel.unsubscribe(subscribers));
      await request.run('second', () => pool.run(tasks.seen));
      await request.run('second', () => rejection(pool.run(tasks.failsTwice)));
      assert.deepEqual(heard, Array(9).fill('second'));
    });
  });
}

for (const kind of farKinds) {
  it(`onOutput is called in the context in which its pool was made, over ${kind}`, async (t) => {
    const heard: unknown[] = [];
    const onOutput = (): void => void heard.push(request.getStore());
    const pool = request.run('the pool', () => makePool(t, { kind, workers: 1, onOutput }));
    await request.run('first', () => pool.run(tasks.prints, 'text'));
    await pool.close();
    assert.deepEqual(new Set(heard), new Set(['the pool']));
  });
}

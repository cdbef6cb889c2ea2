// What every transport must do alike. Each law that is reached stands here once and runs over all of them.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleepFor } from 'node:timers/promises';

import {
  InvalidOptionError,
  NotSerializableError,
  PoolClosedError,
  TaskNotFoundError,
  tasksFrom,
  WorkerStartError,
} from '../../../src/index.ts';
import { newFolder } from '../../support/files.ts';
import { kinds, makePool, onceOf, sharedPool, rejection, rejectionOf, until, watch } from '../../support/pools.ts';
import { WebAssembly } from '../../support/web-assembly.ts';
import { neverUnlessFirst, untilAbortedOrAtOnce } from '../../tasks/abortable.ts';
import {
  add,
  countRunning,
  echo,
  echoLater,
  increment,
  loadOf,
  never,
  pid,
  sleep,
  spin,
  spinWhere,
  whoAmI,
} from '../../tasks/basic.ts';
import {
  fail,
  failAt,
  failLater,
  kindsOfThrown,
  PaymentError,
  returnFunction,
  returnSame,
} from '../../tasks/failing.ts';
import { giveUndetachable, matched, throwingThen, throwNamesake, throwWithSharedMemory } from '../../tasks/odd.ts';
import { doubleMoney, makeSecret, Money, reveal, Secret, Unregistered } from '../../tasks/portables.ts';
import { values } from '../../tasks/values.ts';
import { greeting, setUp, tearDown } from '../../tasks/setup.ts';

watch();

const folder = newFolder();
let files = 0;
const freshFile = (): string => join(folder, `${++files}.txt`);

for (const kind of kinds) {
  describe(`over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    it('runs sync and async functions and resolves with their results', async (t) => {
      const pool = makePool(t, { kind });
      assert.equal(await pool.run(add, 40, 2), 42);
      assert.equal(await pool.run(sleep, 3), 3);
    });

    it('settles each of 5,000 tasks once, with its own outcome', async (t) => {
      const pool = makePool(t, { kind });
      const results = await Promise.all(
        Array.from({ length: 5_000 }, (_, n) => (n % 2 === 0 ? pool.run(increment, n) : pool.run(echoLater, n))),
      );
      assert.deepEqual(
        results,
        Array.from({ length: 5_000 }, (_, n) => (n % 2 === 0 ? n + 1 : n)),
      );
      const { submitted, fulfilled, failed, queued, inFlight } = pool.stats();
      assert.deepEqual(
        { submitted, fulfilled, failed, queued, inFlight },
        { submitted: 5_000, fulfilled: 5_000, failed: 0, queued: 0, inFlight: 0 },
      );
    });

    it('runs many tasks at once in each worker, and never more than `concurrency`', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 7 });
      const counts = await Promise.all(Array.from({ length: 30 }, () => pool.run(countRunning, 5)));
      assert.equal(Math.max(...counts), 7);
    });

    it('gives every worker a task before any gets a second', async (t) => {
      const pool = makePool(t, { kind, workers: 3 });
      await pool.broadcast(pid);
      // A worker that another program holds up gives back what it has not begun.
      await onceOf(
        4,
        async () => {
          const runs = await Promise.all(Array.from({ length: 3 }, () => pool.run(whoAmI, 50)));
          return runs.map(({ worker }) => worker.id).toSorted();
        },
        (ids) => ids.join() === '1,2,3',
      );
    });

    it('loads a module once in a worker', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const loads = await Promise.all(Array.from({ length: 10 }, () => pool.run(loadOf)));
      assert.equal(new Set(loads.map(({ loadedAt }) => loadedAt)).size, 1);
      assert.equal(new Set(loads.map(({ calls }) => calls)).size, 10);
    });

    it('starts tasks in their turn, also that of a function it has not called before', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      await Promise.all([pool.run(increment, 0), pool.run(spinWhere, 0)]);
      const ended: string[] = [];
      const keyed = pool.with({ key: 'one' });
      // What is given while its loop is held is read at once when it comes back.
      const all = [keyed.run(spinWhere, 100)];
      await sleepFor(5);
      all.push(
        pool
          .with({ key: 'two' })
          .run(spin, 5)
          .finally(() => ended.push('first')),
      );
      await sleepFor(5);
      all.push(
        pool
          .with({ key: 'three' })
          .run(increment, 0)
          .finally(() => ended.push('second')),
      );
      await Promise.all(all);
      assert.deepEqual(ended, ['first', 'second']);
    });

    it('tells each task about itself, after any await and among others', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const seen = await Promise.all(Array.from({ length: 20 }, (_, n) => pool.run(whoAmI, n % 5)));
      assert.deepEqual(
        seen.map(({ taskId }) => taskId),
        Array.from({ length: 20 }, (_, n) => n + 1),
      );
      for (const { isSame, attempt, worker, isAborted } of seen) {
        assert.equal(isSame, true);
        assert.equal(attempt, 1);
        assert.equal(isAborted, false);
        assert.deepEqual(worker, { id: 1, kind, pid: await pool.run(pid) });
      }
    });

    describe('values', () => {
      for (const [name, value] of Object.entries(values)) {
        it(`carries ${name} there and back, equal`, async () => {
          const pool = shared();
          const back = await pool.run(echo, value);
          assert.deepStrictEqual(back, value);
          assert.deepStrictEqual(await pool.run(echoLater, [value, { value }]), [value, { value }]);
        });
      }

      it('copies: what the task does to its arguments is not seen here', async () => {
        const pool = shared();
        const given = { list: [1] };
        const back = (await pool.run(echo, given)) as typeof given;
        assert.notEqual(back, given);
        assert.notEqual(back.list, given.list);
      });

      it('keeps apart the results of tasks that return the same object again and again', async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const results = await Promise.all(Array.from({ length: 20 }, () => pool.run(returnSame)));
        assert.deepEqual(
          results.map(({ count }) => count),
          Array.from({ length: 20 }, (_, n) => n + 1),
        );
        assert.deepEqual(
          results.map(({ bytes }) => bytes[3]),
          Array.from({ length: 20 }, (_, n) => n + 1),
        );
      });

      it('lets nothing in a value reach the prototype of anything', async () => {
        const pool = shared();
        const evil = JSON.parse('{"__proto__":{"polluted":1},"at":{"__proto__":{"polluted":2}}}') as {
          at: object;
          who?: URL;
        };
        evil.who = new URL('https://example.com/');
        const back = (await pool.run(echo, evil)) as { polluted?: unknown; at: { polluted?: unknown } };
        assert.equal(back.polluted, undefined);
        assert.equal(back.at.polluted, undefined);
        assert.equal(({} as { polluted?: unknown }).polluted, undefined);
        assert.deepEqual(Object.keys(back), ['__proto__', 'at', 'who']);
      });
    });

    describe('portable classes', () => {
      it('cross as themselves, without their constructor', async () => {
        const pool = shared();
        const back = await pool.run(doubleMoney, new Money(125));
        assert.ok(back instanceof Money);
        assert.equal(back.euros, 2.5);
      });

      it('cross inside of anything, with cycles', async () => {
        const pool = shared();
        const money = new Money(1);
        money.parent = { money };
        const back = (await pool.run(echo, new Map<unknown, unknown>([[money, [new Set([money])]]]))) as Map<
          Money,
          [Set<Money>]
        >;
        const [[key, [set]]] = [...back] as [[Money, [Set<Money>]]];
        assert.ok(key instanceof Money);
        assert.ok(set.has(key));
        assert.equal((key.parent as { money: Money }).money, key);
      });

      it('say themselves what their state is', async () => {
        const pool = shared();
        assert.equal(await pool.run(reveal, new Secret('sesame')), 'sesame');
        const back = await pool.run(makeSecret, 'open');
        assert.ok(back instanceof Secret);
        assert.equal(back.reveal(), 'open');
      });

      it('fail their one task where they cannot be made again, here or there', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
        const [there, back, fine] = await Promise.allSettled([
          pool.run(reveal, new Secret('cursed')),
          pool.run(makeSecret, 'cursed'),
          pool.run(reveal, new Secret('fine')),
        ]);
        for (const ended of [there, back]) {
          assert.equal(ended.status, 'rejected');
          assert.ok((ended as PromiseRejectedResult).reason instanceof NotSerializableError);
          assert.match(String((ended as PromiseRejectedResult).reason), /fromWire.*it is cursed/);
        }
        assert.deepEqual(fine, { status: 'fulfilled', value: 'fine' });
      });

      it('must be registered themselves, not only their base', async () => {
        const pool = shared();
        const error = await rejectionOf(NotSerializableError, pool.run(echo, { purse: new Unregistered(1) }));
        assert.equal(error.path, 'args[0].purse');
        assert.match(error.message, /`Unregistered` extends the portable class `Money`/);
      });
    });

    describe('what cannot cross', () => {
      it('fails that one task and names the path, for arguments', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
        const { AbortController: Controller } = globalThis;
        const cases: [unknown, string, RegExp][] = [
          [() => 1, 'args[0]', /function/],
          [{ user: { onDone: function onDone() {} } }, 'args[0].user.onDone', /function \(`onDone`\)/],
          [[1, Symbol('s')], 'args[0][1]', /symbol/],
          [new Map([['key', Promise.resolve()]]), 'args[0].get("key")', /promise; await it/],
          [{ 'a b': new WeakMap() }, 'args[0]["a b"]', /weak/],
          [{ user: { socket: process.stdout } }, 'args[0].user.socket', /lives in one place/],
          [{ controller: new Controller() }, 'args[0].controller', /an AbortController/],
          [new Headers(), 'args[0]', /a Headers/],
          [
            {
              get broken() {
                throw new Error('no');
              },
            },
            'args[0].broken',
            /reading it throws \(.*no/,
          ],
        ];
        for (const [value, path, why] of cases) {
          const error = await rejectionOf(NotSerializableError, pool.run(echo, value));
          assert.equal(error.path, path);
          assert.match(error.message, why);
          assert.equal(error.code, 'ERR_NOT_SERIALIZABLE');
        }
        assert.equal(await pool.run(increment, 1), 2);
      });

      it('fails that one task and names the path, for results', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
        const error = await rejectionOf(NotSerializableError, pool.run(returnFunction));
        assert.equal(error.path, 'result.rows[1].parse');
        assert.equal(await pool.run(increment, 1), 2);
      });

      it('does not harm its neighbours in a batch', async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const bad = { here: { there: () => 1 } };
        const ended = await Promise.allSettled(
          Array.from({ length: 50 }, (_, n) => pool.run(echo, n % 10 === 3 ? bad : n)),
        );
        for (const [n, end] of ended.entries()) {
          if (n % 10 === 3) assert.equal(end.status, 'rejected');
          else assert.deepEqual(end, { status: 'fulfilled', value: n });
        }
      });

      it('is not a proxy: that crosses as what it shows', async () => {
        const pool = shared();
        const proxy = new Proxy(
          { a: 1 },
          { get: (target, key) => (key === 'a' ? 2 : (Reflect.get(target, key) as unknown)) },
        );
        assert.deepEqual(await pool.run(echo, { proxy }), { proxy: { a: 2 } });
      });

      it('is what is nested beyond reason; that fails and says so', async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const nest = (depth: number): unknown => {
          let value: unknown = 'core';
          for (let at = 0; at < depth; at++) value = { value };
          return value;
        };
        assert.deepEqual(await pool.run(echo, nest(500)), nest(500));
        const error = await rejectionOf(NotSerializableError, pool.run(echo, nest(20_000)));
        assert.match(error.message, /nested more than/);
        assert.equal(await pool.run(increment, 1), 2);
      });
    });

    describe('odd things', () => {
      it('a result whose `then` throws fails its task, and no other', async () => {
        const pool = shared();
        const [odd, fine] = await Promise.allSettled([pool.run(throwingThen), pool.run(sleep, 20)]);
        assert.match(String((odd as PromiseRejectedResult).reason), /then throws/);
        assert.deepEqual(fine, { status: 'fulfilled', value: 20 });
      });

      it('a date that is none stays one', async () => {
        const back = (await shared().run(echo, { at: new Date(NaN) })) as { at: Date };
        assert.ok(back.at instanceof Date && Number.isNaN(back.at.getTime()));
      });

      it('what only its class can show is refused, with its path', async () => {
        const pool = shared();
        const cases: [unknown, RegExp][] = [
          [new Intl.NumberFormat('en'), /a NumberFormat/],
          [new Map([[1, 2]]).values(), /an? \w+, whose content no property shows/],
          [new TextDecoder(), /a TextDecoder/],
          [Object(Symbol('boxed')), /symbol/],
          [gone(new ArrayBuffer(8)), /given away/],
        ];
        for (const [value, why] of cases) {
          const error = await rejectionOf(NotSerializableError, pool.run(echo, { deep: [value] }));
          assert.equal(error.path, 'args[0].deep[0]');
          assert.match(error.message, why);
        }
      });

      it('shared memory is shared where it can be, and refused with its path where it cannot', async () => {
        const pool = shared();
        const memory = new SharedArrayBuffer(8);
        if (kind === 'process') {
          const error = await rejectionOf(NotSerializableError, pool.run(echo, { deep: [memory] }));
          assert.equal(error.path, 'args[0].deep[0]');
          assert.match(error.message, /only threads can share/);
        } else assert.ok((await pool.run(echo, memory)) instanceof SharedArrayBuffer);
        const kept = await rejectionOf(RangeError, pool.run(throwWithSharedMemory));
        assert.deepEqual([kept.message, (kept as unknown as { code: string }).code], ['the original', 'EORIG']);
      });

      it('arrays keep properties that are no elements, and long sparse ones cross in no time', async () => {
        const pool = shared();
        const match = await pool.run(matched, 'abbc');
        assert.deepEqual([match?.index, match?.input, match?.groups?.['middle']], [1, 'abbc', 'bb']);
        const sparse: number[] = [];
        sparse[5e8] = 1;
        const back = (await pool.run(echo, { sparse })) as { sparse: number[] };
        assert.deepEqual([back.sparse.length, Object.keys(back.sparse)], [5e8 + 1, ['500000000']]);
      });

      it('an error class of the user with a name of ours stays the user’s', async () => {
        const pool = shared();
        const error = await rejectionOf(Error, pool.run(throwNamesake));
        assert.equal(error instanceof PoolClosedError, false);
        assert.equal(error.message, 'of the database');
      });

      it('a buffer that cannot be given away costs its own task, and no other the right outcome', async () => {
        const pool = shared();
        const { buffer } = new WebAssembly.Memory({ initial: 1 });
        await rejectionOf(NotSerializableError, pool.with({ transfer: [buffer as ArrayBuffer] }).run(echo, 3));
        assert.equal(await pool.run(echo, 'next'), 'next');
        await pool.run(giveUndetachable).catch(() => {});
        assert.equal(await pool.run(echo, 'after that'), 'after that');
        assert.equal(pool.stats().workers[0]?.id, 1);
      });

      it(
        'a function is not run before all of its module has',
        { skip: kind === 'inline' && 'inline shares its modules with the caller, who has waited for them' },
        async (t) => {
          const pool = makePool(t, { kind, workers: 1 });
          const tasks = tasksFrom<typeof import('../../tasks/connects.ts')>(
            new URL('../../tasks/connects.ts', import.meta.url),
          );
          const first = pool.run(tasks.one);
          await pool.run(sleep, 50);
          assert.deepEqual(await Promise.all([first, pool.run(tasks.other)]), ['connected', 'connected']);
        },
      );

      it(
        'no function of a module that failed to load is run',
        { skip: kind === 'inline' && 'inline shares its modules with the caller, where the functions are registered' },
        async (t) => {
          const pool = makePool(t, { kind, workers: 1 });
          const tasks = tasksFrom<typeof import('../../tasks/half-loaded.ts')>(
            new URL('../../tasks/half-loaded.ts', import.meta.url),
          );
          for (const fn of [tasks.first, tasks.second]) {
            const error = await rejectionOf(WorkerStartError, pool.run(fn));
            assert.match(error.message, /half loaded/);
          }
        },
      );
    });

    describe('thrown things', () => {
      for (const thrown of kindsOfThrown) {
        it(`arrive whole: ${thrown}`, async () => {
          const pool = shared();
          const original = await rejection((async () => fail(thrown))());
          for (const run of [pool.run(fail, thrown), pool.run(failLater, thrown)]) {
            assertSameThrown(await rejection(run), original, thrown);
          }
        });
      }

      it('have the remote stack first and the line of the caller after it', async () => {
        const pool = shared();
        async function theCaller(): Promise<void> {
          await pool.run(fail, 'TypeError');
        }
        const { stack = '' } = (await rejection(theCaller())) as Error;
        assert.match(
          stack,
          /^TypeError: of a type\n.*failing\.ts[^]*\n +at async theCaller .*runner\.test\.ts.*\(submitted from\)/,
        );
        assert.doesNotMatch(stack, /polyloop.src|node:internal\/async_local/);
      });

      it('are as portable as their class says', async () => {
        const pool = shared();
        const error = await rejectionOf(PaymentError, pool.run(fail, 'portable'));
        assert.equal(error.euros, 2.5);
        const around = (await rejection(pool.run(fail, 'portableInside'))) as Error;
        assert.ok(around.cause instanceof PaymentError);
      });

      it('that are values of a result arrive whole too', async () => {
        const pool = shared();
        const back = (await pool.run(echo, [
          Object.assign(new TypeError('kept'), { code: 'E' }),
          new PaymentError(3),
        ])) as [TypeError & { code: string }, PaymentError];
        assert.ok(back[0] instanceof TypeError);
        assert.equal(back[0].code, 'E');
        assert.equal(back[1].cents, 3);
      });
    });

    describe('functions that cannot be found', () => {
      it('a missing export is told with what there is', async () => {
        const pool = shared();
        const tasks = tasksFrom<{ addd(): void }>(new URL('../../tasks/plain.ts', import.meta.url));
        const error = await rejectionOf(TaskNotFoundError, pool.run(tasks.addd));
        assert.equal(error.taskName, 'addd');
        assert.deepEqual(error.offers.toSorted(), ['default', 'shout', 'whisper']);
        assert.match(
          error.message,
          /^No export `addd` in file:.*plain\.ts; it exports `.*`\. Export it, or name one of those\.$/,
        );
        assert.equal(await pool.run(increment, 1), 2);
      });

      it('a module that does not exist is told with its URL, and others still run', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
        const tasks = tasksFrom<{ any(): void }>(new URL('../../tasks/nowhere.ts', import.meta.url));
        const [error, fine] = await Promise.all([
          rejectionOf(WorkerStartError, pool.run(tasks.any)),
          pool.run(increment, 1),
        ]);
        assert.match(error.message, /could not load file:.*nowhere\.ts: Cannot find module/);
        assert.equal((error.cause as NodeJS.ErrnoException).code, 'ERR_MODULE_NOT_FOUND');
        assert.equal(fine, 2);
      });

      it('a module that throws when it is loaded fails its tasks with what it threw, and others still run', async (t) => {
        const pool = makePool(t, { kind, workers: 2 });
        const tasks = tasksFrom<{ any(): void }>(new URL('../../tasks/broken.ts', import.meta.url));
        const ended = await Promise.allSettled([
          ...Array.from({ length: 10 }, () => pool.run(tasks.any)),
          pool.run(increment, 1),
        ]);
        for (const end of ended.slice(0, 10)) {
          assert.equal(end.status, 'rejected');
          const { reason } = end as PromiseRejectedResult;
          assert.ok(reason instanceof WorkerStartError);
          assert.ok(reason.cause instanceof RangeError);
          assert.equal(reason.cause.message, 'broken while loading');
          assert.match(reason.message, /: broken while loading \(\S*broken\.ts:4:7\)/);
        }
        assert.deepEqual(ended[10], { status: 'fulfilled', value: 2 });
        assert.ok(
          pool.stats().workers.every(({ id }) => id <= 2),
          'no worker was replaced',
        );
      });

      it('plain functions are no task functions, and the error says what to write', async () => {
        const pool = shared();
        const plain = (() => 1) as never as typeof increment;
        assert.match(
          String(await rejection(pool.run(plain, 1))),
          /run takes a task function; it was given the plain function `plain`.*task\(import\.meta/,
        );
        assert.throws(() => pool.map(plain, [1]), /map takes a task function/);
      });
    });

    describe('modules that know nothing of polyloop', () => {
      it('run by reference, default export included', async () => {
        const pool = shared();
        const tasks = tasksFrom<typeof import('../../tasks/plain.ts')>(
          new URL('../../tasks/plain.ts', import.meta.url),
        );
        assert.equal(await pool.run(tasks.shout, 'hey'), 'HEY!');
        assert.equal(await pool.run(tasks.whisper, 'HEY'), 'hey');
        assert.equal(await pool.run(tasks.default, 1), 'default 1');
      });

      it('may be npm packages', async () => {
        const pool = shared();
        const tasks = tasksFrom<typeof import('marked')>(import.meta.resolve('marked'));
        assert.equal(
          await pool.run(tasks.parse as typeof tasks.parse & ((text: string) => string), '# Hello'),
          '<h1>Hello</h1>\n',
        );
      });

      it('may be CommonJS', async () => {
        const pool = shared();
        const tasks = tasksFrom<{ triple(n: number): number }>(new URL('../../tasks/common.cjs', import.meta.url));
        assert.equal(await pool.run(tasks.triple, 4), 12);
      });
    });

    describe('map', () => {
      it('hands results over in input order', async () => {
        const pool = shared();
        const waits = [30, 1, 20, 2, 10];
        assert.deepEqual(await pool.map(sleep, waits).toArray(), waits);
      });

      it('hands results over as they come with `ordered: false`', async () => {
        const pool = shared();
        const results = await pool.map(sleep, [300, 1], { ordered: false }).toArray();
        assert.deepEqual(results, [1, 300]);
      });

      it('is lazy: nothing is pulled before it is read', async () => {
        const pool = shared();
        let pulled = 0;
        const results = pool.map(
          increment,
          (function* count() {
            for (;;) yield pulled++;
          })(),
        );
        await pool.run(sleep, 5);
        assert.equal(pulled, 0);
        for await (const result of results) {
          assert.equal(result, 1);
          break;
        }
        assert.ok(pulled > 0);
      });

      it('reads any source: arrays, sets, generators sync and async, promises, streams', async () => {
        const pool = shared();
        async function* later(): AsyncGenerator<number> {
          for (const n of [1, 2, 3]) {
            await sleep(1);
            yield n;
          }
        }
        for (const source of [
          [1, 2, 3],
          new Set([1, 2, 3]),
          [1, 2, 3].values(),
          [Promise.resolve(1), 2, Promise.resolve(3)],
          later(),
          ReadableStream.from([1, 2, 3]),
        ]) {
          assert.deepEqual(await pool.map(increment, source as Iterable<number>).toArray(), [2, 3, 4]);
        }
        assert.deepEqual(await pool.map(increment, []).toArray(), []);
        assert.throws(() => pool.map(increment, 7 as never), /map takes what `for await` can read/);
      });

      for (const ordered of [true, false]) {
        it(`never has more than its window under way, ${ordered ? 'ordered' : 'unordered'}`, async () => {
          const pool = shared();
          let pulled = 0;
          let read = 0;
          let most = 0;
          function* source(): Generator<number> {
            for (let n = 0; n < 60; n++) {
              pulled++;
              most = Math.max(most, pulled - read);
              yield 1;
            }
          }
          for await (const _ of pool.map(sleep, source(), { window: 5, ordered })) {
            read++;
            if (read % 10 === 0) await pool.run(sleep, 10);
          }
          assert.equal(read, 60);
          assert.ok(most <= 6, `${most} were under way`);
        });
      }

      it('stops an infinite source when its reader leaves: six pulled at most, closed once, nothing left running', async () => {
        const pool = shared();
        let pulled = 0;
        let closed = 0;
        function* forever(): Generator<number> {
          try {
            for (;;) {
              pulled++;
              yield pulled;
            }
          } finally {
            closed++;
          }
        }
        const read: number[] = [];
        for await (const result of pool.map(increment, forever(), { window: 2 })) {
          read.push(result);
          if (read.length === 4) break;
        }
        assert.deepEqual(read, [2, 3, 4, 5]);
        assert.ok(pulled <= 6, `${pulled} were pulled`);
        assert.equal(closed, 1);
        assert.deepEqual({ queued: pool.stats().queued, inFlight: pool.stats().inFlight }, { queued: 0, inFlight: 0 });
      });

      it('aborts what runs when its reader leaves, and waits until it has ended', async () => {
        const pool = shared();
        const mark = freshFile();
        function* source(): Generator<string | undefined> {
          yield undefined;
          for (let n = 0; n < 6; n++) yield mark;
        }
        const results = pool.map(untilAbortedOrAtOnce, source(), { window: 8 });
        for await (const result of results) {
          assert.equal(result, 'at once');
          break;
        }
        // Those that had started told of their end; those that had not never ran.
        const ended = existsSync(mark) ? readFileSync(mark, 'utf8').split('\n').length - 1 : 0;
        assert.ok(ended <= 6);
        assert.deepEqual({ queued: pool.stats().queued, inFlight: pool.stats().inFlight }, { queued: 0, inFlight: 0 });
      });

      it('leaves a source that never answers again', async () => {
        const pool = shared();
        async function* stuck(): AsyncGenerator<number> {
          yield 1;
          await new Promise(() => {});
        }
        for await (const result of pool.map(increment, stuck())) {
          assert.equal(result, 2);
          break;
        }
      });

      it('fails as a unit: stops the source, aborts the siblings, waits, and rejects with the first failure', async (t) => {
        const pool = makePool(t, { kind, concurrency: 4 });
        let closed = 0;
        function* source(): Generator<[number, number]> {
          try {
            for (let n = 0; ; n++) yield [n, 10];
          } finally {
            closed++;
          }
        }
        const results = pool.map(failAt, source(), { window: 8 });
        const error = await rejectionOf(Error, results.toArray());
        assert.equal(error.message, '10 is bad');
        assert.match(error.stack ?? '', /failing\.ts[^]*\/test\/.*\(submitted from\)/);
        assert.equal(closed, 1);
        assert.equal(results.failure?.index, 10);
        assert.deepEqual(results.failure?.input, [10, 10]);
        assert.equal(results.failure?.reason, error);
        assert.deepEqual({ queued: pool.stats().queued, inFlight: pool.stats().inFlight }, { queued: 0, inFlight: 0 });
        assert.equal(await pool.run(increment, 1), 2);
      });

      it('tells how each item ended with `settled: true`, and fails for none', async () => {
        const pool = shared();
        const entries = await pool
          .map(
            failAt,
            [
              [0, 1],
              [1, 1],
              [2, 1],
            ] as [number, number][],
            { settled: true },
          )
          .toArray();
        assert.deepEqual(
          entries.map(({ status, index }) => [status, index]),
          [
            ['fulfilled', 0],
            ['rejected', 1],
            ['fulfilled', 2],
          ],
        );
        const [first, second] = entries;
        assert.ok(first?.status === 'fulfilled' && first.value === 0);
        assert.ok(second?.status === 'rejected' && (second.reason as Error).message === '1 is bad');
        assert.deepEqual(second.input, [1, 1]);
        assert.match((second.reason as Error).stack ?? '', /failing\.ts[^]*runner\.test\.ts.*\(submitted from\)/);
      });

      it('comes to an end where its pool does, endless source and `settled: true` or not', async (t) => {
        for (const end of ['close', 'terminate'] as const) {
          const pool = makePool(t, { kind });
          let isClosed = false;
          function* endless(): Generator<number> {
            try {
              for (let n = 0; ; n++) yield n;
            } finally {
              isClosed = true;
            }
          }
          const results = pool.map(increment, endless(), { settled: true });
          const counts = { fulfilled: 0, rejected: 0 };
          let ended: Promise<void> | undefined;
          const error = await rejectionOf(
            PoolClosedError,
            (async () => {
              for await (const entry of results) {
                counts[entry.status]++;
                ended ??= pool[end]();
              }
            })(),
          );
          assert.ok(isClosed);
          assert.ok(counts.fulfilled > 0 && counts.rejected > 0, JSON.stringify(counts));
          assert.equal(results.failure?.reason, error);
          await ended;
          await rejectionOf(PoolClosedError, pool.map(increment, endless(), { settled: true }).toArray());
          await rejectionOf(PoolClosedError, pool.map(increment, endless()).toArray());
        }
      });

      it('rejects with what its source throws', async () => {
        const pool = shared();
        const read: number[] = [];
        const error = await rejectionOf(
          RangeError,
          (async () => {
            const source = (function* broken() {
              yield 1;
              yield 2;
              throw new RangeError('the source broke');
            })();
            for await (const result of pool.map(increment, source, { window: 1 })) read.push(result);
          })(),
        );
        assert.equal(error.message, 'the source broke');
        assert.deepEqual(read, [2, 3]);
      });

      it('rejects, and hurts nobody else, where its source answers nonsense', async () => {
        const pool = shared();
        const sources = [
          { [Symbol.asyncIterator]: () => ({ next: async () => undefined }) },
          { [Symbol.asyncIterator]: () => ({ next: () => undefined }) },
          { [Symbol.iterator]: () => ({ next: () => undefined }) },
          { [Symbol.iterator]: () => 7 },
          [
            1,
            {
              // oxlint-disable-next-line no-thenable
              get then(): never {
                throw new TypeError('then throws');
              },
            },
          ],
        ];
        for (const source of sources) {
          await rejectionOf(TypeError, pool.map(echo, source as unknown as Iterable<unknown>, { window: 1 }).toArray());
        }
        assert.equal(await pool.run(increment, 1), 2);
      });

      it('closes its source once, also one that fails after it was left', async () => {
        const pool = shared();
        let returns = 0;
        let pulls = 0;
        const late = Promise.withResolvers<number>();
        const source = {
          [Symbol.iterator]: () => ({
            next: () => ({ done: false, value: pulls++ === 0 ? 1 : late.promise }),
            return() {
              returns++;
              return { done: true, value: undefined };
            },
          }),
        };
        for await (const _ of pool.map(increment, source as Iterable<number>)) break;
        late.reject(new Error('too late'));
        await pool.run(sleep, 5);
        assert.equal(returns, 1);
      });

      it('is left quietly, also where its source throws when it is closed', async () => {
        const pool = shared();
        for (const isAsync of [false, true]) {
          const source = isAsync
            ? (async function* () {
                try {
                  for (;;) yield 1;
                } finally {
                  // oxlint-disable-next-line no-unsafe-finally
                  throw new Error('cannot close');
                }
              })()
            : (function* () {
                try {
                  for (;;) yield 1;
                } finally {
                  // oxlint-disable-next-line no-unsafe-finally
                  throw new Error('cannot close');
                }
              })();
          for await (const _ of pool.map(increment, source)) break;
        }
        await pool.run(sleep, 1);
      });

      it('runs the next item while its reader works on a value, also with a window of one', async () => {
        const pool = shared();
        let pulled = 0;
        const source = (function* () {
          for (let n = 0; n < 4; n++) {
            pulled++;
            yield n;
          }
        })();
        let read = 0;
        const before = pool.stats().fulfilled;
        for await (const value of pool.map(increment, source, { window: 1 })) {
          assert.equal(value, ++read);
          assert.ok(pulled <= read + 1, `${pulled} were pulled, and ${read} read`);
          if (read < 4) await until(() => pool.stats().fulfilled - before === read + 1, 'the next one has run');
        }
        assert.equal(read, 4);
      });

      it('can be left twice at once', async () => {
        const pool = shared();
        const iterator = pool.map(increment, [])[Symbol.asyncIterator]();
        await Promise.all([iterator.return?.(), iterator.return?.()]);
        const running = pool.map(sleep, [5, 5, 5])[Symbol.asyncIterator]();
        void running.next();
        await Promise.all([running.return?.(), running.return?.(), running.next()]);
        assert.equal(pool.stats().inFlight, 0);
      });

      it('can be read once, and says so', async () => {
        const pool = shared();
        const results = pool.map(increment, [1]);
        await results.toArray();
        await assert.rejects(results.toArray(), /can be read once/);
      });

      it('lets its body use the same pool', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
        const sums: number[] = [];
        for await (const n of pool.map(increment, [1, 2, 3])) sums.push(await pool.run(add, n, 10));
        assert.deepEqual(sums, [12, 13, 14]);
      });

      it('checks its options', () => {
        const pool = shared();
        assert.throws(() => pool.map(increment, [1], { window: 0 }), InvalidOptionError);
        assert.throws(
          () => pool.map(increment, [1], { windw: 3 } as never),
          /Unknown option `windw`; did you mean `window`\?/,
        );
      });
    });

    describe('lives', () => {
      it('broadcasts once to every worker', async (t) => {
        const pool = makePool(t, { kind, workers: 3 });
        const workers = (await pool.broadcast(whoAmI, 1)).map(({ worker }) => worker.id);
        assert.deepEqual(workers, [1, 2, 3]);
        assert.equal((await pool.broadcast(whoAmI, 1)).length, 3);
      });

      it('leaves each task of a broadcast to its worker, among others of its function that are moved when that is held', async (t) => {
        const pool = makePool(t, { kind, workers: 2 });
        await pool.broadcast(spinWhere, 0);
        for (let round = 0; round < 5; round++) {
          await Promise.all(Array.from({ length: 400 }, () => pool.run(spinWhere, 0)));
          const others = Array.from({ length: 60 }, (_, n) => pool.run(spinWhere, n === 0 ? 150 : 0));
          assert.deepEqual(await pool.broadcast(spinWhere, 0), [1, 2]);
          await Promise.all(others);
        }
      });

      it('waits for every worker of a broadcast, then rejects with the first failure', async (t) => {
        const pool = makePool(t, { kind });
        await assert.rejects(pool.broadcast(failLater, 'TypeError'), TypeError);
        assert.equal(pool.stats().inFlight, 0);
      });

      it('sets each worker up before its first task and tears it down after its last', async (t) => {
        const mark = freshFile();
        appendFileSync(mark, '');
        const pool = makePool(t, {
          kind,
          setup: { task: setUp, args: [mark, 'hello'] },
          teardown: { task: tearDown, args: [mark] },
        });
        const greetings = await Promise.all(Array.from({ length: 20 }, () => pool.run(greeting)));
        assert.deepEqual(new Set(greetings), new Set(['hello']));
        await pool.close();
        const lines = readFileSync(mark, 'utf8').trim().split('\n').toSorted();
        assert.deepEqual(lines, ['down', 'down', 'up', 'up']);
      });

      it('fails what waits with the error of a setup that fails, and starts no storm of workers', async (t) => {
        const pool = makePool(t, { kind, setup: { task: fail, args: ['code'] } });
        const ended = await Promise.allSettled(Array.from({ length: 20 }, () => pool.run(increment, 1)));
        for (const end of ended) {
          assert.equal(end.status, 'rejected');
          const { reason } = end as PromiseRejectedResult;
          assert.ok(reason instanceof WorkerStartError);
          assert.equal((reason.cause as NodeJS.ErrnoException).code, 'ENOENT');
        }
        await rejectionOf(WorkerStartError, pool.run(increment, 1));
        await until(() => pool.stats().workers.length === 0, 'no worker lives');
      });

      it('closes: finishes all that was accepted, refuses what comes after', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 2 });
        const accepted = Array.from({ length: 10 }, (_, n) => pool.run(echoLater, n));
        const closing = pool.close();
        await rejectionOf(PoolClosedError, pool.run(increment, 1));
        await rejectionOf(PoolClosedError, pool.map(increment, [1]).toArray());
        await rejectionOf(PoolClosedError, pool.broadcast(increment, 1));
        assert.deepEqual(await Promise.all(accepted), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        await closing;
        assert.equal(pool.stats().state, 'closed');
        assert.deepEqual(pool.stats().workers, []);
      });

      it('closes twice, at once, before it ever ran, and with `await using`', async (t) => {
        await makePool(t, { kind }).close();
        const pool = makePool(t, { kind });
        await pool.run(increment, 1);
        await Promise.all([pool.close(), pool.close()]);
        await pool.close();
        const scoped = makePool(t, { kind });
        assert.equal(await scoped.run(increment, 1), 2);
        await scoped[Symbol.asyncDispose]();
        assert.equal(scoped.stats().state, 'closed');
      });

      it('closes while its workers are starting', async (t) => {
        const pool = makePool(t, { kind });
        const running = pool.run(increment, 1);
        const closing = pool.close();
        assert.equal(await running, 2);
        await closing;
      });

      it('terminates: rejects all that has not ended, with the reason, and is gone', async (t) => {
        const pool = makePool(t, { kind, workers: 1, concurrency: 2 });
        await pool.run(increment, 1);
        const reason = new Error('enough');
        const unsettled = Array.from({ length: 5 }, () => rejection(pool.run(never)));
        await until(() => pool.stats().inFlight === 2, 'two run');
        await Promise.all([pool.terminate(reason), pool.terminate()]);
        assert.deepEqual(
          await Promise.all(unsettled),
          Array.from({ length: 5 }, () => reason),
        );
        assert.deepEqual(pool.stats().workers, []);
        await rejectionOf(PoolClosedError, pool.run(increment, 1));
        await pool.close();
      });

      it('is closed only when it is gone, also where it was terminated', async (t) => {
        const pool = makePool(t, { kind });
        await pool.broadcast(pid);
        void pool.broadcast(pid).catch(() => {});
        void pool.terminate();
        await pool.close();
        const { state, queued, workers } = pool.stats();
        assert.deepEqual({ state, queued, workers }, { state: 'closed', queued: 0, workers: [] });
      });

      it('waits for ever where the grace is Infinity', async (t) => {
        const mark = freshFile();
        const pool = makePool(t, { kind, workers: 1, graceMs: Infinity, teardown: { task: tearDown, args: [mark] } });
        await pool.run(increment, 1);
        await pool.close();
        assert.equal(readFileSync(mark, 'utf8'), 'down\n');
      });

      it('terminates with any reason, even one whose stack is no text', async (t) => {
        const pool = makePool(t, { kind });
        const reason = Object.defineProperty(new Error('stop'), 'stack', { value: 42 });
        const running = rejection(pool.run(never));
        await pool.terminate(reason);
        assert.equal(await running, reason);
      });

      it('terminates while it closes', async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const stuck = rejection(pool.run(never));
        await pool.broadcast(increment, 1);
        const closing = pool.close();
        await pool.terminate();
        assert.ok((await stuck) instanceof PoolClosedError);
        await closing;
      });

      it('abandons or ends what does not heed its abort after the grace', async (t) => {
        const pool = makePool(t, { kind, graceMs: 50 });
        for await (const _ of pool.map(neverUnlessFirst, [0, 1, 2], { window: 3 })) break;
        await until(() => pool.stats().inFlight === 0, 'nothing is in flight');
        assert.equal(await pool.run(increment, 1), 2);
      });
    });

    it('moves buffers that are given with `transfer`: they are empty here, whole there', async (t) => {
      const pool = makePool(t, { kind });
      const bytes = new Uint8Array(1_000_000).fill(7);
      const back = (await pool.with({ transfer: [bytes.buffer] }).run(echo, bytes)) as Uint8Array;
      assert.equal(bytes.length, 0);
      assert.equal(back.length, 1_000_000);
      assert.ok(back.every((byte) => byte === 7));
    });

    it('checks the options of `with`', (t) => {
      const pool = makePool(t, { kind });
      assert.throws(() => pool.with({ tranfser: [] } as never), /Unknown option `tranfser`; did you mean `transfer`\?/);
      assert.throws(() => pool.with({ transfer: [new Uint8Array(1)] as never }), /write `\.buffer` behind it/);
    });
  });
}

function gone(buffer: ArrayBuffer): ArrayBuffer {
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

/** What errors of classes that nobody registered arrive as. */
const nearestClasses = new Map<string, unknown>([
  ['UnknownError', RangeError],
  ['NeedsArgumentsError', TypeError],
]);

function assertSameThrown(actual: unknown, original: unknown, what: string, seen = new Set<unknown>()): void {
  if (typeof original === 'symbol') {
    assert.equal(actual, String(original));
    return;
  }
  if (!(original instanceof Error)) {
    assert.deepStrictEqual(actual, original);
    return;
  }
  assert.ok(actual instanceof Error, what);
  if (seen.has(original)) return;
  seen.add(original);
  const type = (Object.getPrototypeOf(original) as Error).constructor;
  const nearest = nearestClasses.get(type.name) ?? type;
  assert.equal(Object.getPrototypeOf(actual), (nearest as typeof Error).prototype);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(actual.name, original.name);
  assert.equal(actual.message, original.message);
  for (const key of ['cause', 'errors', 'error', 'suppressed']) {
    assert.equal(Object.hasOwn(actual, key), Object.hasOwn(original, key));
    const had: unknown = (original as unknown as Record<string, unknown>)[key];
    const has: unknown = (actual as unknown as Record<string, unknown>)[key];
    if (had === original) assert.equal(has, actual);
    else if (had instanceof Error) assertSameThrown(has, had, `${what}.${key}`, seen);
    else if (key === 'errors' && Array.isArray(had))
      for (const [at, part] of had.entries()) assertSameThrown((has as unknown[])[at], part, `${what}.errors`, seen);
    else assert.deepStrictEqual(has, had);
  }
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(original))) {
    if (['stack', 'message', 'name', 'cause', 'errors', 'error', 'suppressed'].includes(key)) continue;
    const has: unknown = Object.getOwnPropertyDescriptor(actual, key)?.value;
    if (descriptor.get !== undefined) assert.match(String(has), /caught in it/);
    else if (typeof descriptor.value === 'function') assert.match(String(has), /Function/);
    else assert.deepStrictEqual(has, descriptor.value);
  }
}

it('an argument that only threads can move is refused over processes, and named', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port2.close());
  const moving = makePool(t, { kind: 'process' }).with({ transfer: [port1] });
  const error = await rejectionOf(NotSerializableError, moving.run(echo, { here: [port1] }));
  assert.match(
    error.message,
    /args\[0\]\.here\[0\].*it is a MessagePort; it can be moved, with `transfer`, and only between threads/,
  );
});

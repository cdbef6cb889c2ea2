// Arguments that are read while the task runs: streams, async iterables and signals. The same over every transport.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { NotSerializableError, PoolClosedError, WorkerCrashedError } from '../../../src/index.ts';
import { freshFile, readText } from '../../support/files.ts';
import { farKinds, kinds, makePool, rejectionOf, sharedPool, until, watch } from '../../support/pools.ts';
import { increment, sleep, spin } from '../../tasks/basic.ts';
import {
  areSame,
  countBytes,
  double,
  dieAfterReading,
  failAfterReading,
  isAborted,
  listenForData,
  readAll,
  readAllDeep,
  readForever,
  readNothing,
  readSome,
  readSomeOf,
  waitForAbort,
} from '../../tasks/feeding.ts';
import { Money } from '../../tasks/portables.ts';
import { restore } from '../../tasks/propagated.ts';

const ids = (length: number): number[] => Array.from({ length }, (_, n) => n);

watch();
setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Numbers, and what becomes of their generator. */
class Counting {
  pulled = 0;
  closed = 0;

  async *to(count: number): AsyncGenerator<number> {
    try {
      for (let n = 0; n < count; n++) {
        this.pulled++;
        yield n;
      }
    } finally {
      this.closed++;
    }
  }
}

/** A stream of each kind over numbers, and how often it was closed. */
function sources(): { name: string; source: AsyncIterable<unknown>; closed(): number; pulled(): number }[] {
  const counting = [new Counting(), new Counting(), new Counting(), new Counting()] as const;
  const [generator, web, node, byHand] = counting;
  let cancelled = 0;
  const iterator = web.to(1e6);
  const webStream = new ReadableStream(
    {
      async pull(controller) {
        controller.enqueue((await iterator.next()).value);
      },
      cancel: () => void cancelled++,
    },
    { highWaterMark: 0 },
  );
  const readable = Readable.from(node.to(1e6), { highWaterMark: 1 });
  let destroyed = 0;
  readable.once('close', () => destroyed++);
  let returned = 0;
  const plain = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: byHand.pulled++ }),
      return: async () => {
        returned++;
        return { done: true as const, value: undefined };
      },
    }),
  };
  return [
    {
      name: 'async generator',
      source: generator.to(1e6),
      closed: () => generator.closed,
      pulled: () => generator.pulled,
    },
    { name: 'web stream', source: webStream, closed: () => cancelled, pulled: () => web.pulled },
    { name: 'Node stream', source: readable, closed: () => destroyed, pulled: () => node.pulled },
    { name: 'async iterable', source: plain, closed: () => returned, pulled: () => byHand.pulled },
  ];
}

for (const kind of kinds) {
  describe(`a signal as an argument, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    it('is aborted in the task as it is here, with the reason', async () => {
      for (const reason of [new RangeError('enough'), 'text', undefined, new Money(3)]) {
        const controller = new AbortController();
        const ended = shared().run(waitForAbort, controller.signal);
        await until(() => shared().stats().inFlight === 1, 'it runs');
        controller.abort(reason);
        assert.deepEqual(await ended, controller.signal.reason);
      }
    });

    it('arrives aborted where it is, and not aborted where it is not', async () => {
      assert.deepEqual(await shared().run(isAborted, AbortSignal.abort('before')), ['AbortSignal', true]);
      assert.equal(await shared().run(waitForAbort, AbortSignal.abort('before')), 'before');
      assert.deepEqual(await shared().run(isAborted, new AbortController().signal), ['AbortSignal', false]);
      // Between the call and the time when the task is sent.
      const controller = new AbortController();
      const ended = shared().run(isAborted, controller.signal);
      controller.abort();
      assert.deepEqual(await ended, ['AbortSignal', true]);
    });

    it('can be any that the platform makes', async () => {
      assert.equal(((await shared().run(waitForAbort, AbortSignal.timeout(5))) as Error).name, 'TimeoutError');
      const controller = new AbortController();
      const ended = shared().run(waitForAbort, AbortSignal.any([controller.signal, new AbortController().signal]));
      controller.abort('any');
      assert.equal(await ended, 'any');
    });

    it('is one in the task where it is one here, at any depth', async () => {
      const { signal } = new AbortController();
      assert.equal(await shared().run(areSame, { one: signal, deep: new Map([['other', [signal]]]) }), true);
    });

    it('aborts each item of a map that holds it', async () => {
      const controllers = [1, 2, 3].map(() => new AbortController());
      const ended = shared()
        .map(
          waitForAbort,
          controllers.map(({ signal }) => signal),
        )
        .toArray();
      await until(() => shared().stats().inFlight === 3, 'they run');
      for (const [at, controller] of controllers.entries()) controller.abort(at);
      assert.deepEqual(await ended, [0, 1, 2]);
    });

    it('reaches a task that waits behind another for its worker', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const first = pool.run(sleep, 40);
      const controller = new AbortController();
      const second = pool.run(isAborted, controller.signal);
      controller.abort();
      assert.deepEqual(await second, ['AbortSignal', true]);
      await first;
    });

    it('is no longer listened to when its task has ended, however', async (t) => {
      const { signal } = new AbortController();
      const pool = makePool(t, { kind, workers: 1 });
      assert.deepEqual(await pool.run(isAborted, signal), ['AbortSignal', false]);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
      const ended = pool.run(waitForAbort, signal);
      await until(() => getEventListeners(signal, 'abort').length === 1, 'it is listened to');
      const rejected = rejectionOf(PoolClosedError, ended);
      await pool.terminate();
      await rejected;
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    });

    it('has nothing to do with the signal of `with`', async () => {
      const argument = new AbortController();
      const controller = new AbortController();
      const ended = shared().with({ signal: controller.signal }).run(waitForAbort, argument.signal);
      argument.abort('argument');
      assert.equal(await ended, 'argument');
      assert.equal(controller.signal.aborted, false);
    });
  });

  describe(`a stream as an argument, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    it('is of the same kind in the task, and gives the same values in order', async () => {
      const values = [
        0,
        'one',
        { two: [2n] },
        new Map([[3, new Date(3)]]),
        new Money(4),
        new Error('five').name,
        undefined,
      ];
      const generate = async function* () {
        yield* values;
      };
      assert.deepEqual(await shared().run(readAll, generate()), ['async iterable', values]);
      assert.deepEqual(await shared().run(readAll, { [Symbol.asyncIterator]: generate }), ['async iterable', values]);
      assert.deepEqual(await shared().run(readAll, ReadableStream.from(values)), ['ReadableStream', values]);
      const some = values.slice(0, 5);
      assert.deepEqual(await shared().run(readAll, Readable.from(some)), ['Readable of objects', some]);
    });

    it('can be long', async () => {
      const counting = new Counting();
      const [, values] = await shared().run(readAll, counting.to(5_000));
      assert.deepEqual(
        values,
        Array.from({ length: 5_000 }, (_, n) => n),
      );
      assert.equal(counting.closed, 1);
    });

    it('can be empty', async () => {
      assert.deepEqual(await shared().run(readAll, Readable.from([])), ['Readable of objects', []]);
      assert.deepEqual(await shared().run(readAll, ReadableStream.from([])), ['ReadableStream', []]);
      assert.deepEqual(await shared().run(readAll, (async function* () {})()), ['async iterable', []]);
    });

    it('of bytes arrives as one', async () => {
      const chunks = [1, 700, 70_000, 3].map((length) => Buffer.alloc(length, length));
      const bytes = Buffer.concat(chunks);
      const [type, read] = await shared().run(readAll, Readable.from(chunks, { objectMode: false }));
      assert.equal(type, 'Readable');
      assert.deepEqual(Buffer.concat(read as Buffer[]), bytes);
      const stream = new ReadableStream({
        type: 'bytes',
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk !== undefined) controller.enqueue(new Uint8Array(chunk));
          else controller.close();
        },
      });
      assert.equal(await shared().run(countBytes, stream as ReadableStream<Uint8Array>), bytes.length);
    });

    it('of text arrives as text', async () => {
      const text = Readable.from([Buffer.from('häl'), Buffer.from('lo')], { objectMode: false }).setEncoding('utf8');
      assert.deepEqual(((await shared().run(readAll, text))[1] as string[]).join(''), 'hällo');
    });

    it('can be the readable side of one that is written to', async () => {
      const through = new PassThrough({ objectMode: true });
      const read = shared().run(readAll, through);
      for (let n = 0; n < 50; n++) through.write({ n });
      through.end();
      assert.deepEqual(
        (await read)[1],
        Array.from({ length: 50 }, (_, n) => ({ n })),
      );
    });

    it('can stand at any depth, beside others', async () => {
      const parts = [new Counting().to(2), ReadableStream.from(['a']), Readable.from([{ b: 1 }])];
      assert.deepEqual(await shared().run(readAllDeep, { name: 'n', parts }, 7), ['n', 7, 0, 1, 'a', { b: 1 }]);
    });

    it('can be each item of a map, and the source of one the results of another', async () => {
      const items = Array.from({ length: 20 }, (_, n) => new Counting().to(n));
      const all = await shared().map(readAll, items).toArray();
      assert.deepEqual(
        all.map(([, values]) => values.length),
        items.map((_, n) => n),
      );
      const results = shared().map(increment, [1, 2, 3]);
      assert.deepEqual((await shared().run(readAll, results))[1], [2, 3, 4]);
    });

    it('is not read before the task reads, and never much further than that', async () => {
      for (const { name, source, pulled, closed } of sources()) {
        assert.deepEqual(await shared().run(readSome, source, 6, 10), [0, 1, 2, 3, 4, 5], name);
        assert.ok(pulled() >= 6 && pulled() <= 12, `${name}: ${pulled()} were read for 6`);
        assert.equal(closed(), 1, `${name} is closed once`);
      }
    });

    it('is closed unread where the task does not read it', async () => {
      for (const { name, source, pulled, closed } of sources()) {
        assert.equal(await shared().run(readNothing, source), 'nothing');
        assert.ok(pulled() <= 1, `${name}: ${pulled()} were read for none`);
        // A generator that was never begun has no `finally` to run, and an iterable no iterator to close.
        if (name.includes('stream')) assert.equal(closed(), 1, name);
        else assert.equal(pulled(), 0, name);
      }
    });

    it('is closed where its task never starts', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1, maxQueue: 2 });
      const busy = pool.run(sleep, 30);
      const controller = new AbortController();
      const waiting = [sources(), sources()].flat().filter(({ name }) => name.includes('stream'));
      const [first, second, third, fourth] = waiting;
      assert.ok(first && second && third && fourth);
      const cancelled = pool.with({ signal: controller.signal }).run(readAll, first.source);
      const timedOut = pool.with({ queueTimeoutMs: 1 }).run(readAll, second.source);
      await assert.rejects(pool.run(readAll, third.source), { code: 'ERR_QUEUE_FULL' });
      controller.abort();
      await assert.rejects(cancelled, { name: 'AbortError' });
      await assert.rejects(timedOut, { code: 'ERR_TASK_TIMEOUT' });
      await assert.rejects(pool.with({ signal: controller.signal }).run(readAll, fourth.source), {
        name: 'AbortError',
      });
      await until(
        () => waiting.every(({ closed }) => closed() === 1),
        () => waiting.map(({ name, closed }) => `${name}: ${closed()}`).join(),
      );
      await busy;
    });

    it('is closed where another argument cannot cross', async () => {
      for (const { name, source, closed } of sources()) {
        const parts = [source, (() => 1) as never];
        const error = await rejectionOf(NotSerializableError, shared().run(readAllDeep, { name, parts }, 1));
        assert.equal(error.path, 'args[0].parts[1]');
        if (name.includes('stream')) await until(() => closed() === 1, `${name} is closed`);
      }
    });

    it('that fails fails the reader with what it failed of, after what came before', async () => {
      const cause = new TypeError('cause');
      const failing = async function* () {
        yield 1;
        throw Object.assign(new RangeError('the source fails', { cause }), { code: 'E_SOURCE' });
      };
      for (const source of [failing(), Readable.from(failing()), ReadableStream.from(failing())]) {
        const error = await rejectionOf(RangeError, shared().run(readAll, source as AsyncIterable<unknown>));
        assert.equal(error.message, 'the source fails');
        assert.deepEqual([(error as { code?: unknown }).code, (error.cause as Error).message], ['E_SOURCE', 'cause']);
      }
    });

    it('that fails before it is read fails the reader, and not the program', async (t) => {
      const pool = makePool(t, { kind, workers: 1, concurrency: 1 });
      const busy = pool.run(sleep, 20);
      const readable = new Readable({ read() {} });
      const read = pool.run(readAll, readable);
      const deep = new Readable({ read() {} });
      const readDeep = pool.run(readAllDeep, { name: 'n', parts: [deep] }, 1);
      await new Promise((resolve) => setImmediate(resolve));
      readable.destroy(new RangeError('too early'));
      deep.destroy(new RangeError('too early as well'));
      await assert.rejects(read, /too early/);
      await assert.rejects(readDeep, /too early as well/);
      await busy;
    });

    it('with a value that cannot cross fails the reader, which learns where that is', async () => {
      const counting = new Counting();
      const odd = async function* () {
        for await (const n of counting.to(10)) yield n === 3 ? { deep: [() => n] } : n;
      };
      const error = await rejectionOf(NotSerializableError, shared().run(readAll, odd()));
      assert.equal(error.path, 'args[0]: item 3.deep[0]');
      assert.deepEqual([counting.pulled, counting.closed], [4, 1]);
    });

    it('ends the read of a task that is told to end, and is closed', async () => {
      for (const { name, source, closed } of sources()) {
        const file = freshFile();
        const controller = new AbortController();
        const ended = shared().with({ signal: controller.signal }).run(readForever, source, file);
        await until(() => readText(file).length > 2, `${name} is read`);
        controller.abort(new DOMException('enough', 'AbortError'));
        await assert.rejects(ended, { name: 'AbortError' });
        assert.match(readText(file), / AbortError$/);
        await until(() => closed() === 1, `${name} is closed`);
      }
    });

    it('that a task listens to does not end its worker when the task is told to end', async () => {
      const { source, closed } = sources()[2] ?? assert.fail();
      const file = freshFile();
      const controller = new AbortController();
      const ended = shared()
        .with({ signal: controller.signal })
        .run(listenForData, source as Readable, file);
      const beside = shared().run(sleep, 300);
      await until(() => readText(file).length > 2, 'it is read');
      controller.abort();
      await assert.rejects(ended, { name: 'AbortError' });
      await until(() => closed() === 1, 'it is closed');
      assert.equal(await beside, 300);
    });

    it('that never gives a value holds up nobody when its task ends', async () => {
      const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
      const controller = new AbortController();
      const file = freshFile();
      const ended = shared().with({ signal: controller.signal }).run(readForever, silent, file);
      await until(() => shared().stats().inFlight === 1, 'it runs');
      controller.abort();
      await assert.rejects(ended, { name: 'AbortError' });
    });

    it('is given to one task only, but for what makes a new iterator for each', async () => {
      const stream = ReadableStream.from([1]);
      const [one, other] = await Promise.allSettled([shared().run(readAll, stream), shared().run(readAll, stream)]);
      assert.deepEqual(one, { status: 'fulfilled', value: ['ReadableStream', [1]] });
      assert.match(String((other as PromiseRejectedResult).reason), /args\[0\].* given to another task already/);
      const beside = sources()[1] ?? assert.fail();
      await assert.rejects(shared().run(readAllDeep, { name: 'n', parts: [beside.source, stream] }, 1), /another task/);
      await until(() => beside.closed() === 1, 'the stream beside it is closed');
      const locked = ReadableStream.from([1]);
      locked.getReader();
      await assert.rejects(shared().run(readAll, locked), /locked to a reader/);
      const again = { [Symbol.asyncIterator]: () => new Counting().to(2) };
      assert.deepEqual(await shared().map(readAll, [again, again]).toArray(), [
        ['async iterable', [0, 1]],
        ['async iterable', [0, 1]],
      ]);
    });

    it('lets its task be tried again as long as nothing was read from it', async () => {
      for (const [count, attempts, outcome] of [
        [0, 'aa', 'done'],
        [2, 'a', 'the first attempt fails'],
      ] as const) {
        for (const { name, source, closed } of sources()) {
          const file = freshFile();
          const retrying = shared().with({ retry: { attempts: 3, on: ['error'], backoff: { initialMs: 0 } } });
          const end = await retrying.run(failAfterReading, source, count, file).catch((error: Error) => error.message);
          assert.deepEqual([end, readText(file)], [outcome, attempts], name);
          if (name.includes('stream') || count > 0) await until(() => closed() === 1, `${name} is closed`);
        }
      }
    });

    it('can be what a stream is made of, and is closed when that is left', async () => {
      const counting = new Counting();
      assert.deepEqual(
        await Array.fromAsync(shared().stream(double, counting.to(100))),
        ids(100).map((n) => 2 * n),
      );
      assert.equal(counting.closed, 1);
      for (const { name, source, closed } of sources()) {
        for await (const value of shared().stream(double, source as AsyncIterable<number>)) if (value === 8) break;
        await until(() => closed() === 1, `${name} is closed`);
      }
    });

    it('goes along with memory that is moved, and with all that a call can have', async (t) => {
      const bytes = new Uint8Array(1_000).fill(7);
      const counting = new Counting();
      const parts = [counting.to(2), (async function* () {})()];
      const call = { name: 'n', parts, bytes };
      const moving = shared().with({ transfer: [bytes.buffer], timeoutMs: 20_000, key: 'k', priority: 2 });
      assert.deepEqual(await moving.run(readAllDeep, call, 3), ['n', 3, 0, 1]);
      assert.equal(bytes.length, 0);
      const pool = makePool(t, { kind, workers: 1, propagate: { capture: () => ({ user: 'u' }), restore } });
      assert.deepEqual(await pool.run(readAllDeep, { name: 'n', parts: [new Counting().to(2)] }, 3), ['n', 3, 0, 1]);
    });

    it('can be shared by the tasks of a broadcast only where each gets its own iterator; a signal always', async (t) => {
      const pool = makePool(t, { kind, workers: 2 });
      await Promise.all([pool.run(sleep, 5), pool.run(sleep, 5)]);
      const controller = new AbortController();
      const aborted = pool.broadcast(waitForAbort, controller.signal);
      await until(() => pool.stats().inFlight === 2, 'both have it');
      controller.abort('all');
      assert.deepEqual(await aborted, ['all', 'all']);
      const again = { [Symbol.asyncIterator]: () => new Counting().to(2) };
      assert.deepEqual(
        (await pool.broadcast(readAll, again)).map(([, values]) => values),
        [
          [0, 1],
          [0, 1],
        ],
      );
      await assert.rejects(pool.broadcast(readAll, new Counting().to(2)), /given to another task already/);
    });

    it('is closed when its call is wrong', async () => {
      const { source, closed } = sources()[1] ?? assert.fail();
      await assert.rejects(shared().run((async () => 1) as never, source), { code: 'ERR_DEFINITION' });
      await until(() => closed() === 1, 'it is closed');
    });

    it('runs in the context of its call, and so does what closes it', async () => {
      const storage = new AsyncLocalStorage<string>();
      const seen: Record<string, Set<string | undefined>> = {};
      const look = (name: string): void => void (seen[name] ??= new Set()).add(storage.getStore());
      const watched = async function* (name: string): AsyncGenerator<number> {
        try {
          for (let n = 0; n < 300; n++) {
            look(name);
            yield n;
            if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          look(name);
        }
      };
      const web = (name: string): ReadableStream =>
        new ReadableStream({ pull: () => look(name), cancel: () => look(name) }, { highWaterMark: 0 });
      const calls = ids(4).map((n) =>
        storage.run(`request ${n}`, async () => {
          await shared().run(readSome, watched(`all ${n}`), 1_000, 0);
          await shared().run(readSome, { [Symbol.asyncIterator]: () => watched(`some ${n}`) }, 7, 0);
          await shared().run(readAllDeep, { name: 'n', parts: [watched(`deep ${n}`)] }, 0);
          await shared().run(readNothing, [web(`web ${n}`)]);
          await Array.fromAsync(shared().stream(double, watched(`stream ${n}`)));
        }),
      );
      await Promise.all(calls);
      for (const [name, requests] of Object.entries(seen))
        assert.deepEqual([...requests], [`request ${name.split(' ')[1]}`], name);
      assert.equal(Object.keys(seen).length, 20);
    });

    it('is held by nobody when its task has ended, nor is a signal', async () => {
      let collected = 0;
      const registry = new FinalizationRegistry(() => collected++);
      const reads = (async () => {
        for (const count of [3, 1, 0]) {
          for (const { source } of sources()) {
            const { signal } = new AbortController();
            registry.register(source, undefined);
            registry.register(signal, undefined);
            if (count === 0) await shared().run(readNothing, { source, signal });
            else await shared().run(readSomeOf, { source, signal }, count);
          }
        }
      })();
      await reads;
      // What was used last may stand somewhere still.
      await until(
        () => (gc(), collected >= 20),
        () => `of 24, ${collected} are collected`,
      );
    });

    it('is closed when the pool is terminated', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const all = sources();
      const ended = all.map(({ source }) => pool.run(readForever, source, freshFile()));
      const settled = Promise.allSettled(ended);
      await until(() => all.every(({ pulled }) => pulled() > 0), 'all are read');
      await pool.terminate();
      await settled;
      await until(
        () => all.every(({ closed }) => closed() === 1),
        () => all.map(({ name, closed }) => `${name}: ${closed()}`).join(),
      );
    });
  });
}

for (const kind of farKinds) {
  describe(`a stream as an argument of a worker that is gone, over ${kind}`, () => {
    it('goes to another worker where the task had not begun', async (t) => {
      const pool = makePool(t, { kind, workers: 2, concurrency: 8 });
      await Promise.all([pool.run(increment, 1), pool.run(increment, 1)]);
      // The loops are held when the streams arrive.
      const held = [pool.run(spin, 60), pool.run(spin, 200)];
      const counting = [1, 2, 3, 4].map(() => new Counting());
      const all = await Promise.all(counting.map((each) => pool.run(readAll, each.to(10))));
      for (const [, values] of all) assert.equal(values.length, 10);
      assert.deepEqual(
        counting.map(({ pulled, closed }) => [pulled, closed]),
        counting.map(() => [10, 1]),
      );
      await Promise.all(held);
    });
  });
}

describe('a stream as an argument of a process that is killed', () => {
  it('is closed, and its task is not tried again where it had been read', async (t) => {
    const pool = makePool(t, { workers: 1 });
    for (const { name, source, closed } of sources()) {
      const file = freshFile();
      const retrying = pool.with({ retry: { attempts: 3, on: ['crash'], backoff: { initialMs: 0 } } });
      await rejectionOf(WorkerCrashedError, retrying.run(dieAfterReading, source, 2, file));
      assert.equal(readText(file), 'a', name);
      await until(() => closed() === 1, `${name} is closed`);
    }
  });

  it('is read by the next attempt where it had not been', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const counting = new Counting();
    const file = freshFile();
    const retrying = pool.with({ retry: { attempts: 3, on: ['crash'], backoff: { initialMs: 0 } } });
    assert.deepEqual(await retrying.run(dieAfterReading, counting.to(5), 0, file), []);
    assert.deepEqual([readText(file), counting.pulled], ['aa', 0]);
  });
});

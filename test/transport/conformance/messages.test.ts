// Messages to the task of a stream, by `send`, read from `context().messages`. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NotSerializableError, WorkerCrashedError } from '../../../src/index.ts';
import { freshFile, readText } from '../../support/files.ts';
import { kinds, makePool, rejectionOf, sharedPool, until, watch } from '../../support/pools.ts';
import { increment } from '../../tasks/basic.ts';
import {
  countMessages,
  deaf,
  dieAfterMessage,
  failBeforeMessage,
  noteEnd,
  readInParts,
  repeat,
} from '../../tasks/feeding.ts';
import { Money } from '../../tasks/portables.ts';

watch();

const ids = (length: number): number[] => Array.from({ length }, (_, n) => n);

for (const kind of kinds) {
  describe(`messages to a task, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    it('arrive in order, those from before the start and those that answer what it yields', async () => {
      const call = shared().stream(repeat);
      const values = [1, 'two', { three: [3n] }, new Map([[4, new Date(4)]]), new Money(5), undefined, null];
      for (const value of values) assert.equal(await call.send(value), true);
      const read: unknown[] = [];
      for await (const value of call) {
        read.push(value);
        if (read.length === values.length) {
          void call.send('more');
          void call.send('and more');
          void call.send('stop');
        }
      }
      assert.deepEqual(read, [...values, 'more', 'and more']);
    });

    it('can be sent by a function that is taken apart from the call', async () => {
      const call = shared().stream(repeat);
      const { send } = call;
      assert.deepEqual([await send('alone'), await send('stop')], [true, true]);
      assert.deepEqual(await Array.fromAsync(call), ['alone']);
    });

    it('are copied when they are sent', async () => {
      const call = shared().stream(repeat);
      const value = { deep: [1], bytes: Buffer.from('abc') };
      void call.send(value);
      value.deep[0] = 2;
      value.bytes[0] = 0;
      void call.send('stop');
      assert.deepEqual(await Array.fromAsync(call), [{ deep: [1], bytes: Buffer.from('abc') }]);
    });

    it('can be many', async () => {
      const call = shared().stream(repeat);
      const sending = (async () => {
        for (let n = 0; n < 5_000; n++) assert.equal(await call.send(n), true);
        await call.send('stop');
      })();
      assert.deepEqual(await Array.fromAsync(call), ids(5_000));
      await sending;
    });

    it('hold up who sends more than the task reads', async () => {
      const call = shared().stream(deaf);
      const values = call[Symbol.asyncIterator]();
      assert.deepEqual(await values.next(), { done: false, value: 'ready' });
      let sent = 0;
      let isOver = false;
      const flood = (async () => {
        while (await call.send(sent)) sent++;
        isOver = true;
      })();
      await until(() => sent > 500, 'many are sent');
      await shared().run(increment, 1);
      await shared().run(increment, 1);
      assert.ok(sent < 1_100, `${sent} were sent`);
      assert.equal(isOver, false);
      await values.return?.();
      await flood;
    });

    it('that are large hold up earlier', async () => {
      const call = shared().stream(deaf);
      const values = call[Symbol.asyncIterator]();
      await values.next();
      let sent = 0;
      const flood = (async () => {
        while (await call.send(Buffer.alloc(300_000))) sent++;
      })();
      await until(() => sent >= 3, 'some are sent');
      await shared().run(increment, 1);
      assert.ok(sent < 6, `${sent} were sent`);
      await values.return?.();
      await flood;
    });

    it('are too many before the stream is read: that would be waited for for ever', async () => {
      const call = shared().stream(repeat);
      const sent: Promise<boolean>[] = [];
      assert.throws(() => {
        for (;;) sent.push(call.send(sent.length));
      }, /Too many values wait for the task of a stream that is not read yet/);
      assert.equal(sent.length, 1_000);
      void call[Symbol.asyncIterator]().return?.();
    });

    it('throw where they cannot cross, and the others arrive', async () => {
      const call = shared().stream(repeat);
      void call.send(1);
      assert.throws(
        () => void call.send({ deep: () => 1 }),
        (error) => error instanceof NotSerializableError && error.path === 'message.deep',
      );
      const shares = kind !== 'process';
      if (shares) void call.send(new SharedArrayBuffer(4));
      else assert.throws(() => void call.send(new SharedArrayBuffer(4)), NotSerializableError);
      void call.send('stop');
      assert.equal((await Array.fromAsync(call)).length, shares ? 2 : 1);
    });

    it('are not taken any more when the task has ended', async () => {
      const call = shared().stream(repeat);
      void call.send('stop');
      void call.send('late');
      assert.deepEqual(await Array.fromAsync(call), []);
      assert.equal(await call.send('later'), false);
      const aborted = shared().with({ signal: AbortSignal.abort() }).stream(repeat);
      await assert.rejects(Array.fromAsync(aborted), { name: 'AbortError' });
      assert.equal(await aborted.send(1), false);
    });

    it('end when the caller leaves the stream, and the task goes on to its end', async () => {
      const file = freshFile();
      const call = shared().stream(noteEnd, file);
      void call.send(1);
      for await (const value of call) if (value === 'ready') break;
      assert.match(readText(file), /^over after [01]$/);
    });

    it('end when the task is cancelled', async () => {
      const file = freshFile();
      const controller = new AbortController();
      const call = shared().with({ signal: controller.signal }).stream(noteEnd, file);
      const values = call[Symbol.asyncIterator]();
      await values.next();
      controller.abort();
      await assert.rejects(values.next(), { name: 'AbortError' });
      assert.equal(readText(file), 'over after 0');
    });

    it('that follow a loop that was left are there for the next', async () => {
      const call = shared().stream(readInParts, 3);
      for (const value of [1, 2, 3]) void call.send(value);
      assert.deepEqual(await Array.fromAsync(call), ['ready', 1, 2, 3]);
    });

    it('are none where nobody can send', async () => {
      assert.equal(await shared().run(countMessages), 0);
      assert.deepEqual(await shared().map(countMessages, [undefined]).toArray(), [0]);
      assert.equal(await countMessages(), 0);
    });

    it('are there for the next attempt where none was read', async () => {
      const call = shared()
        .with({ retry: { attempts: 2, backoff: { initialMs: 0 } } })
        .stream(failBeforeMessage);
      void call.send('kept');
      assert.deepEqual(await Array.fromAsync(call), ['kept']);
    });

    it('keep a task from being tried again where one was read', async () => {
      const call = shared()
        .with({ retry: { attempts: 2, backoff: { initialMs: 0 } } })
        .stream(dieAfterMessage, false);
      void call.send('read');
      await assert.rejects(Array.fromAsync(call), /after the first message/);
    });
  });
}

describe('messages to a task whose process is killed', () => {
  it('are not taken any more', async (t) => {
    const pool = makePool(t, { workers: 1 });
    const call = pool.stream(dieAfterMessage, true);
    void call.send('read');
    await rejectionOf(WorkerCrashedError, Array.fromAsync(call));
    assert.equal(await call.send('late'), false);
  });
});

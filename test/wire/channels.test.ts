// Which arguments are channels, and how they are packed.
import assert from 'node:assert/strict';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, it } from 'node:test';

import { NotSerializableError } from '../../src/errors.ts';
import { shapeOf } from '../../src/wire/channels.ts';
import { pack, type Encoded } from '../../src/wire/pack.ts';

const generate = async function* (): AsyncGenerator<number> {
  yield 1;
};

const packed = (value: unknown): Encoded =>
  pack(value, 'args', { whole: true, sharesMemory: false, takesChannels: true });

describe('a channel', () => {
  it('is what can be read while the task runs, and a signal', () => {
    const shapes: [value: object, shape: unknown][] = [
      [new AbortController().signal, { kind: 'signal', aborted: undefined }],
      [AbortSignal.abort(), { kind: 'signal', aborted: [undefined] }],
      [generate(), { kind: 'iterable' }],
      [{ [Symbol.asyncIterator]: generate }, { kind: 'iterable' }],
      [new ReadableStream(), { kind: 'webStream', isBytes: false }],
      [new ReadableStream({ type: 'bytes' }), { kind: 'webStream', isBytes: true }],
      [Readable.from([]), { kind: 'nodeStream', isObjects: true, encoding: null }],
      [new Readable({ encoding: 'latin1' }), { kind: 'nodeStream', isObjects: false, encoding: 'latin1' }],
      [new PassThrough(), { kind: 'nodeStream', isObjects: false, encoding: null }],
    ];
    for (const [value, shape] of shapes) assert.deepEqual(shapeOf(value), shape);
  });

  it('is nothing that can only be written, or not be read any more', () => {
    const ended = new PassThrough();
    ended.destroy();
    const others = [
      new Writable(),
      ended,
      process.stdout,
      new WritableStream(),
      new TransformStream(),
      new AbortController(),
    ];
    for (const other of others) {
      assert.equal(shapeOf(other), undefined);
      assert.throws(() => packed(other), NotSerializableError);
    }
    assert.equal(process.stdout.destroyed, false);
  });

  it('is no array, map or generator that is not async', () => {
    for (const other of [[1], new Map(), new Set(), {}, new Date()]) assert.equal(packed(other).channels.length, 0);
    const sync = (function* () {
      yield 1;
    })();
    assert.throws(() => packed(sync), /it is a generator; collect its values first/);
  });

  it('has a number and a path, and is one for what stands twice', () => {
    const { signal } = new AbortController();
    const source = generate();
    const { channels, isPacked, apart } = packed([{ deep: [source] }, new Map([['s', signal]]), signal, source]);
    assert.deepEqual(
      channels.map((channel) => [channel.source, channel.path]),
      [
        [source, 'args[0].deep[0]'],
        [signal, 'args[1].get("s")'],
      ],
    );
    assert.deepEqual([isPacked, apart], [true, true]);
  });

  it('is touched by nothing but the task that reads it', () => {
    const stream = new ReadableStream({ pull: () => assert.fail('it is read') }, { highWaterMark: 0 });
    const readable = new Readable({ read: () => assert.fail('it is read') });
    packed([stream, readable, { [Symbol.asyncIterator]: () => assert.fail('it is iterated') }]);
    assert.equal(stream.locked, false);
    assert.deepEqual(readable.eventNames(), []);
  });

  it('takes the reason of an aborted signal along, which always crosses', () => {
    const reason = Object.assign(new Error('why'), { fn: () => 1 });
    const { channels } = packed([AbortSignal.abort(reason)]);
    assert.deepEqual(
      channels.map(({ shape }) => shape.kind),
      ['signal'],
    );
  });

  it('is only an argument: elsewhere it is refused', () => {
    for (const value of [generate(), { [Symbol.asyncIterator]: generate }, new ReadableStream(), Readable.from([])]) {
      assert.throws(
        () => pack({ value }, 'result', { whole: true, sharesMemory: true }),
        (error) => error instanceof NotSerializableError && error.path === 'result.value',
      );
    }
  });
});

// What is too large for one message, found before it is encoded.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NotSerializableError } from '../../src/index.ts';
import { checkedSize, mostFrameBytes } from '../../src/wire/byte-size.ts';
import { encodeFrame, FrameReader } from '../../src/wire/frame.ts';
import type { Message } from '../../src/wire/messages.ts';

const most = 1_000;
const large = (): Uint8Array => new Uint8Array(most + 1);

function refusedAt(value: unknown): string | undefined {
  try {
    checkedSize(value, 'args', most, 0);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof NotSerializableError);
    assert.match(error.message, /it is at least \d+ bytes.*holds 1000\. Send it in parts/s);
    return error.path;
  }
}

describe('a value', () => {
  const cases: [path: string, value: unknown][] = [
    ['args', large()],
    ['args', large().buffer],
    ['args[1]', [1, large()]],
    ['args.a.b', { a: { b: large() } }],
    ['args[2]', [new Uint8Array(400), new Uint8Array(400), new Uint8Array(400)]],
    ['args.text', { small: 1, text: 'x'.repeat(most + 1) }],
    ['args.get("k")', new Map([['k', large()]])],
    ['args.values()', new Set([large()])],
    ['args.data', Object.assign(new Error('e'), { data: large() })],
  ];
  for (const [path, value] of cases)
    it(`that is too large is refused at ${path}`, () => assert.equal(refusedAt(value), path));

  it('that is small enough, or holds the same thing twice, or memory that is shared, is not refused', () => {
    const half = new Uint8Array(600);
    for (const value of [1, 'x'.repeat(most), [half, half], { a: new SharedArrayBuffer(5_000) }, [null, undefined]])
      assert.equal(refusedAt(value), undefined);
  });

  it('runs no code of its user when it is measured', () => {
    const value = {
      data: new Uint8Array(990),
      get read(): never {
        throw new Error('a getter');
      },
      proxy: new Proxy({}, { ownKeys: () => assert.fail() }),
    };
    assert.equal(refusedAt(value), undefined);
  });
});

describe('a frame', () => {
  it('of more bytes than its length can say is not made', () => {
    const message: Message = { type: 'run', payload: [{ data: 'x'.repeat(500) }] };
    assert.throws(() => encodeFrame([message], 400), /RangeError: it is at least \d+ bytes/);
    const read: unknown[] = [];
    new FrameReader((batch) => read.push(batch)).read(encodeFrame([message], 1_000));
    assert.deepEqual(read, [[message]]);
    assert.equal(mostFrameBytes, 2 ** 31 - 1);
  });
});

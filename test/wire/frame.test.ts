import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeFrame, FrameReader } from '../../src/wire/frame.ts';
import type { Message } from '../../src/wire/messages.ts';

const batches: Message[][] = [
  [{ type: 'ready' }],
  [{ type: 'run', payload: [[1, 'two'], [new Map([[1, 2n]])]] }, { type: 'stop' }],
  [{ type: 'ended', payload: [new Uint8Array(10_000).fill(3)] }],
  [{ type: 'first' }, { type: 'run', apart: true, payload: [{ deep: [1] }] }],
];

function read(bytes: Buffer, chunkSize: number): Message[][] {
  const got: Message[][] = [];
  const reader = new FrameReader((batch) => got.push(batch));
  for (let at = 0; at < bytes.length; at += chunkSize) reader.read(Buffer.from(bytes.subarray(at, at + chunkSize)));
  return got;
}

describe('frames', () => {
  it('are read the same, however the stream is cut', () => {
    const bytes = Buffer.concat(batches.map((batch) => encodeFrame(batch)));
    for (const size of [1, 2, 3, 4, 5, 7, 64, 1_000, bytes.length])
      assert.deepEqual(read(bytes, size), batches, `chunks of ${size}`);
  });

  it('leave the message as it was when its payload cannot be encoded, and write nothing', () => {
    const payload = [() => 1];
    const message: Message = { type: 'run', apart: true, payload };
    assert.throws(() => encodeFrame([message]), /could not be cloned/);
    assert.equal(message.payload, payload);
  });

  it('can be read though the payload that came apart cannot', () => {
    const frame = encodeFrame([{ type: 'ended' }, { type: 'run', apart: true, payload: ['x'.repeat(100)] }]);
    const body = frame.subarray(4, frame.length - 60);
    const cut = Buffer.alloc(4 + body.length);
    cut.writeUInt32LE(body.length);
    body.copy(cut, 4);
    const [[first, second] = []] = read(cut, cut.length);
    assert.equal(first?.type, 'ended');
    assert.equal(second?.type, 'run');
    assert.ok(second?.payloadError instanceof Error);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeFrame, FrameReader } from '../../src/wire/frame.ts';
import type { Message } from '../../src/wire/messages.ts';
import { bodyOf, framed } from '../support/frames.ts';
import { seeded } from '../support/random.ts';

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
    const body = bodyOf(frame);
    const cut = framed(body.subarray(0, body.length - 60));
    const [[first, second] = []] = read(cut, cut.length);
    assert.equal(first?.type, 'ended');
    assert.equal(second?.type, 'run');
    assert.ok(second?.payloadError instanceof Error);
  });
});

/** Values of which JSON gives back exactly what it was given. */
const simple: unknown[] = [
  ...['', 'text', '"\\\n\u2028\0', 'Grüße, 世界', '👩‍👩‍👧 🎉', '\ud83d', '\udc00\ud800', 'x'.repeat(256), '世'.repeat(256)],
  ...[0, 1, -1.5, 1e308, -1e308, 5e-324, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0.1 + 0.2],
  ...[true, false, null],
];

/** Values that it would bend, or that are more than it is good for. */
const other: unknown[] = [
  ...[NaN, Infinity, -Infinity, -0, undefined, 10n, new Date(5), new Date(0), { toJSON: undefined }, ['x'], {}],
  ...['x'.repeat(257), '\ud83d'.repeat(5_000), new Map([[1, { two: 2n }]]), new Set([undefined]), /re/giu],
  ...[new Uint8Array([1, 2]), new RangeError('no')],
];

const isJson = (frame: Buffer): boolean => (frame.readUInt32LE(0) & 0x8000_0000) !== 0;

describe('a lone message of simple values', () => {
  const header = { type: 'run', run: 3, ids: [1, 5, 2], sentAt: 123_456_789.125, url: 'file:///ä/\ud800.ts' };

  it('gives back exactly what it was given, by JSON', () => {
    for (const value of simple) {
      const message: Message = { ...header, payload: [value] };
      const frame = encodeFrame([message]);
      assert.ok(isJson(frame), String(value));
      assert.deepEqual(read(frame, frame.length), [[message]]);
    }
    const eight: Message = { ...header, payload: simple.slice(0, 8) };
    assert.ok(isJson(encodeFrame([eight])));
    assert.deepEqual(read(encodeFrame([eight]), 3), [[eight]]);
    assert.deepEqual(read(encodeFrame([{ ...header, payload: [] }]), 3), [[{ ...header, payload: [] }]]);
  });

  it('is encoded otherwise where one of them is not simple, and gives it back as exactly', () => {
    for (const value of other) {
      for (const payload of [[value], [1, value, 'x']]) {
        const message: Message = { ...header, payload };
        const frame = encodeFrame([message]);
        assert.ok(!isJson(frame), String(value));
        assert.deepEqual(read(frame, 64), [[message]]);
      }
    }
  });

  it('is encoded otherwise where they are many, or where it is not alone, or where they travel apart', () => {
    const many: Message = { ...header, payload: Array.from({ length: 9 }, (_, n) => n) };
    const one: Message = { ...header, payload: [1] };
    for (const batch of [[many], [one, one], [{ ...one, apart: true as const }], [header], []]) {
      const frame = encodeFrame(batch);
      assert.ok(!isJson(frame));
      assert.deepEqual(read(frame, frame.length), [batch]);
    }
  });

  it('can stand between others of either encoding, however the stream is cut', () => {
    const mixed = [...simple, ...other].map((value): Message[] => [{ ...header, payload: [value] }]);
    const bytes = Buffer.concat(mixed.flatMap((batch, at) => [encodeFrame(batch), encodeFrame(batches[at % 4] ?? [])]));
    const expected = mixed.flatMap((batch, at) => [batch, batches[at % 4]]);
    for (const size of [1, 2, 3, 4, 5, 6, 7, 31, 256, 4_096, bytes.length])
      assert.deepEqual(read(bytes, size), expected, `chunks of ${size}`);
  });
});

describe('bytes that are no frame', () => {
  const frames = batches.map((batch) => encodeFrame(batch));

  it('are noticed with the next frame, wherever they stand and however the stream is cut', () => {
    for (const stray of [
      [0],
      [7, 7, 7],
      [0, 0, 0, 0],
      [1, 0, 0, 0, 99],
      [255, 255, 255, 127],
      Array.from({ length: 40 }, () => 1),
    ]) {
      for (const size of [1, 3, 8, 1_000_000]) {
        const got: Message[][] = [];
        const reader = new FrameReader((batch) => got.push(batch));
        const bytes = Buffer.concat([frames[0] as Buffer, Buffer.from(stray), ...frames]);
        assert.throws(() => {
          for (let at = 0; at < bytes.length; at += size) reader.read(Buffer.from(bytes.subarray(at, at + size)));
        }, /bytes that are no message/);
        assert.deepEqual(got, [batches[0]]);
      }
    }
  });
});

describe('bytes that are no messages', () => {
  const whole = [
    ...batches.map((batch) => encodeFrame(batch)),
    encodeFrame([{ type: 'run', payload: ['text', 1, null] }]),
    encodeFrame([{ type: 'run', payload: Array.from({ length: 300 }, (_, n) => ({ n, text: `${n}` })) }]),
  ];

  /** Reads; that it throws is as good as that it gives something. */
  function tryToRead(bytes: Buffer): unknown[] {
    const got: unknown[] = [];
    const reader = new FrameReader((batch) => got.push(batch));
    try {
      reader.read(bytes);
    } catch {
      // As it should.
    }
    return got;
  }

  it('give nothing where a frame is cut short', () => {
    for (const frame of whole) {
      for (let length = 0; length < Math.min(frame.length, 300); length++)
        assert.deepEqual(tryToRead(frame.subarray(0, length)), []);
    }
  });

  it('end in an error or in something, but never hang, and reach nothing beyond themselves', () => {
    const random = seeded(17);
    const untouched = Object.getOwnPropertyNames(Object.prototype).length;
    for (let round = 0; round < 20_000; round++) {
      const [source = Buffer.alloc(0)] = whole.slice(random(whole.length));
      const body = round % 2 === 0 ? Buffer.from(bodyOf(source)) : Buffer.alloc(random(200));
      if (round % 2 === 0) {
        for (let left = 1 + random(5); left > 0; left--) body[random(body.length)] = random(256);
      } else for (let at = 0; at < body.length; at++) body[at] = random(256);
      tryToRead(framed(body, { isJson: random(2) === 0 }));
    }
    assert.equal(Object.getOwnPropertyNames(Object.prototype).length, untouched);
  });

  it('do not change what every object inherits', () => {
    const text = Buffer.from('[{"type":"x","__proto__":{"polluted":1},"payload":[{"__proto__":{"polluted":1}}]}]');
    const json = framed(text, { isJson: true });
    const own = JSON.parse('{"__proto__":{"polluted":1}}') as object;
    for (const frame of [json, encodeFrame([{ type: 'x', payload: [own] }])]) {
      const [[message] = []] = tryToRead(frame) as Message[][];
      assert.equal(message?.type, 'x');
      assert.equal(({} as { polluted?: number }).polluted, undefined);
      assert.equal((message as { polluted?: number } | undefined)?.polluted, undefined);
      assert.equal((message?.payload?.[0] as { polluted?: number } | undefined)?.polluted, undefined);
    }
  });
});

// Messages as bytes, for channels that carry nothing else: four bytes that say how long, then the batch as one value of
// the structured clone, then, where a payload travels apart, that payload as a second one:
//
//     | length | [message, message, …] | payload of the last message, if it is `apart` |
import { Deserializer, Serializer } from 'node:v8';

import type { Message } from './messages.ts';

const lengthBytes = 4;

/** A batch as one frame. Throws what the structured clone throws where a value is none of its own; nothing is sent then. */
export function encodeFrame(batch: readonly Message[]): Buffer {
  const serializer = new Serializer();
  serializer.writeRawBytes(noLength);
  serializer.writeHeader();
  const last = batch[batch.length - 1];
  if (last?.apart === true) {
    const { payload } = last;
    last.payload = [];
    try {
      serializer.writeValue(batch);
    } finally {
      if (payload !== undefined) last.payload = payload;
    }
    serializer.writeValue(payload);
  } else serializer.writeValue(batch);
  const frame = serializer.releaseBuffer();
  frame.writeUInt32LE(frame.length - lengthBytes, 0);
  return frame;
}

const noLength = Buffer.alloc(lengthBytes);

function decodeFrame(body: Buffer): Message[] {
  const deserializer = new Deserializer(body);
  deserializer.readHeader();
  const batch = deserializer.readValue() as Message[];
  const last = batch[batch.length - 1];
  if (last?.apart === true) {
    try {
      last.payload = deserializer.readValue() as unknown[];
    } catch (error) {
      last.payloadError = error;
    }
  }
  return batch;
}

/** Cuts a stream of bytes into frames and hands each batch to `onBatch`. */
export class FrameReader {
  readonly #onBatch: (batch: Message[]) => void;
  /** Bytes of a frame that is not complete; `#filled` of them are there. */
  #partial: Buffer = Buffer.alloc(0);
  #filled = 0;

  constructor(onBatch: (batch: Message[]) => void) {
    this.#onBatch = onBatch;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#filled === 0) {
        // The common case: the frame lies in the chunk, and nothing is copied.
        if (chunk.length - at >= lengthBytes) {
          const end = at + lengthBytes + chunk.readUInt32LE(at);
          if (end <= chunk.length) {
            this.#onBatch(decodeFrame(chunk.subarray(at + lengthBytes, end)));
            at = end;
            continue;
          }
          this.#partial = Buffer.allocUnsafeSlow(end - at);
        } else this.#partial = Buffer.allocUnsafeSlow(lengthBytes);
      }
      at = this.#fill(chunk, at);
    }
  }

  #fill(chunk: Buffer, from: number): number {
    const copied = chunk.copy(this.#partial, this.#filled, from);
    this.#filled += copied;
    if (this.#filled < this.#partial.length) return from + copied;
    const end = lengthBytes + this.#partial.readUInt32LE(0);
    if (end > this.#partial.length) {
      // Only the length was there; make room for the rest.
      const whole = Buffer.allocUnsafeSlow(end);
      this.#partial.copy(whole);
      this.#partial = whole;
      return from + copied;
    }
    const frame = this.#partial;
    this.#filled = 0;
    this.#partial = noLength;
    this.#onBatch(decodeFrame(frame.subarray(lengthBytes)));
    return from + copied;
  }
}

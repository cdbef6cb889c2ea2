// Messages as bytes, for channels that carry nothing else: four bytes that say how long, four that show that these are no
// accident, then the batch as one value of the structured clone, then, where a payload travels apart, that payload as a second one:
//
//     | length | check | [message, message, …] | payload of the last message, if it is `apart` |
//
// User code can write to any file descriptor. A few bytes of it would be taken for the length of a frame, and swallow all that
// the worker says from then on, as long as it lives; so what does not check is no frame.
//
// A lone message of a few simple values is JSON instead, which is faster to write and to read: its length has the top bit set.
import { Deserializer, Serializer } from 'node:v8';

import { parseJson, toJson } from '../task/platform.ts';
import { mostFrameBytes, tooLarge } from './byte-size.ts';
import { isApart, type Message } from './messages.ts';

const lengthBytes = 4;
const headBytes = 2 * lengthBytes;
const checkBits = 0x70_6c_6f_70;
/** A frame that is not all there has so much room at first. */
const firstRoomBytes = 1 << 26;

/** Up to so many values, and so many characters in one, JSON is the faster. */
const fewValues = 8;
const shortText = 256;
const jsonBit = 0x8000_0000;

/** A batch as one frame. Throws what the structured clone throws where a value is none of its own, and a RangeError where it takes too many bytes; nothing is sent then. */
export function encodeFrame(batch: readonly Message[], mostBytes = mostFrameBytes): Buffer {
  const [first] = batch;
  if (first !== undefined && batch.length === 1 && isSimple(first) && !hasToJson(batch)) return encodeJson(batch);
  const serializer = new Serializer();
  serializer.writeRawBytes(noHead);
  serializer.writeHeader();
  const last = batch[batch.length - 1];
  if (last !== undefined && isApart(last)) {
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
  const bytes = frame.length - headBytes;
  // Its length would run into the bit that says JSON.
  if (bytes > mostBytes) throw new RangeError(tooLarge(bytes, mostBytes));
  writeHead(frame, bytes);
  return frame;
}

const noHead = Buffer.alloc(headBytes);

function writeHead(frame: Buffer, head: number): void {
  frame.writeUInt32LE(head, 0);
  frame.writeUInt32LE((head ^ checkBits) >>> 0, lengthBytes);
}

/** The length, and the bit that says JSON. Throws where this is no head of a frame. */
function readHead(bytes: Buffer, at: number): number {
  const head = bytes.readUInt32LE(at);
  if ((head ^ checkBits) >>> 0 !== bytes.readUInt32LE(at + lengthBytes))
    throw new Error('it sent bytes that are no message where only polyloop may write');
  return head;
}

/** A program may have put `toJSON` on the prototype of all arrays or objects; then JSON is not what it says. */
function hasToJson(batch: readonly Message[]): boolean {
  return (batch as { toJSON?: unknown }).toJSON !== undefined;
}

/** True where JSON gives back exactly what it was given. */
function isSimple(message: Message): boolean {
  const payload = Object.hasOwn(message, 'payload') ? message.payload : undefined;
  if (payload === undefined || payload.length > fewValues || isApart(message)) return false;
  for (const value of payload) {
    if (typeof value === 'number') {
      if (!Number.isFinite(value) || Object.is(value, -0)) return false;
    } else if (typeof value === 'string') {
      if (value.length > shortText) return false;
    } else if (value !== null && typeof value !== 'boolean') return false;
  }
  return true;
}

function encodeJson(batch: readonly Message[]): Buffer {
  const text = toJson(batch);
  const frame = Buffer.allocUnsafe(headBytes + 3 * text.length);
  const length = frame.write(text, headBytes);
  writeHead(frame, (length | jsonBit) >>> 0);
  return frame.subarray(0, headBytes + length);
}

function decodeFrame(body: Buffer, isJson: boolean): Message[] {
  if (isJson) return parseJson(body.toString()) as Message[];
  const deserializer = new Deserializer(body);
  deserializer.readHeader();
  const batch = deserializer.readValue() as Message[];
  if (!Array.isArray(batch)) return batch;
  const last = batch[batch.length - 1];
  if (typeof last === 'object' && last !== null && isApart(last)) {
    try {
      last.payload = deserializer.readValue() as unknown[];
    } catch (error) {
      last.payloadError = error;
    }
  }
  return batch;
}

/** Room for a frame of which so much is there. What a length promises is believed little by little: it may be nonsense. */
function roomFor(wholeBytes: number, filledBytes: number): number {
  return Math.min(wholeBytes, Math.max(2 * filledBytes, firstRoomBytes));
}

function isJsonHead(head: number): boolean {
  return head >= jsonBit;
}

function lengthOf(head: number): number {
  return head % jsonBit;
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
        if (chunk.length - at >= headBytes) {
          const head = readHead(chunk, at);
          const end = at + headBytes + lengthOf(head);
          if (end <= chunk.length) {
            this.#onBatch(decodeFrame(chunk.subarray(at + headBytes, end), isJsonHead(head)));
            at = end;
            continue;
          }
          this.#partial = Buffer.allocUnsafeSlow(roomFor(end - at, chunk.length - at));
        } else this.#partial = Buffer.allocUnsafeSlow(headBytes);
      }
      at = this.#fill(chunk, at);
    }
  }

  #fill(chunk: Buffer, from: number): number {
    const copied = chunk.copy(this.#partial, this.#filled, from);
    this.#filled += copied;
    if (this.#filled < this.#partial.length) return from + copied;
    const head = readHead(this.#partial, 0);
    const end = headBytes + lengthOf(head);
    if (end > this.#partial.length) {
      const larger = Buffer.allocUnsafeSlow(roomFor(end, this.#filled));
      this.#partial.copy(larger);
      this.#partial = larger;
      return from + copied;
    }
    const frame = this.#partial;
    this.#filled = 0;
    this.#partial = noHead;
    this.#onBatch(decodeFrame(frame.subarray(headBytes), isJsonHead(head)));
    return from + copied;
  }
}

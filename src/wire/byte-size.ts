// How much one message can hold, and what is too large for it. A frame between processes says its length in 31 bits, and the
// structured clone builds it in one piece of memory, so what is too large is found before that memory is taken.
import types from 'node:util/types';

import { NotSerializableError } from '../errors.ts';
import { toJson } from '../task/platform.ts';
import { roughSize } from './rough-size.ts';

/** The most bytes of one frame. Between threads only the structured clone sets a limit: 4 GiB for one buffer. */
export const mostFrameBytes = 2 ** 31 - 1;
/** Values of more bytes are measured before they are encoded; messages of more bytes are sent before more is added. */
export const muchBytes = 1 << 26;

/** Objects that are looked at; what more there is the encoder counts. */
const lookedAtMost = 1_000_000;

/** About how many bytes a value takes. Cheap. Throws {@link NotSerializableError} where it surely is more than `most`. */
export function checkedSize(value: unknown, name: string, most: number, much = muchBytes): number {
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value.length : 8;
  const bytes = roughSize(value);
  checkSize(value, bytes, name, most, much);
  return bytes;
}

/** The same, where it is known about how many bytes the value takes. */
export function checkSize(value: unknown, bytes: number, name: string, most: number, much = muchBytes): void {
  if (bytes > Math.min(much, most)) new Measure(most).visit(value, name);
}

export function tooLarge(bytes: number, most: number): string {
  return (
    `it is at least ${bytes} bytes with what stands before it, and one message to or from a process holds ${most}. ` +
    "Send it in parts, write it to a file and send its path, or use kind: 'thread'"
  );
}

/** Adds up bytes that are there for certain: characters, and memory. */
class Measure {
  readonly #most: number;
  readonly #seen = new Set<object>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  visit(value: unknown, path: string): void {
    if (typeof value === 'string') this.#add(value.length, path);
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    if (this.#seen.size >= lookedAtMost || types.isProxy(value)) return;
    this.#seen.add(value);
    if (ArrayBuffer.isView(value)) this.#memory(value.buffer, value.byteLength, path);
    else if (types.isArrayBuffer(value)) this.#memory(value, value.byteLength, path);
    else if (types.isMap(value)) {
      for (const [key, part] of value) {
        this.visit(key, `${path}.key(…)`);
        this.visit(part, `${path}.get(${typeof key === 'string' ? toJson(key) : '…'})`);
      }
    } else if (types.isSet(value)) for (const part of value) this.visit(part, `${path}.values()`);
    else this.#properties(value, path);
  }

  #memory(memory: ArrayBufferLike, bytes: number, path: string): void {
    if (!types.isSharedArrayBuffer(memory)) this.#add(bytes, path);
  }

  #properties(value: object, path: string): void {
    const isArray = Array.isArray(value);
    for (const key of Object.keys(value)) {
      // A getter is the user's, and runs when the value is encoded.
      const part: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
      if (typeof part === 'object' || typeof part === 'string')
        this.visit(part, isArray ? `${path}[${key}]` : `${path}.${key}`);
    }
  }

  #add(bytes: number, path: string): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#most) throw new NotSerializableError(path, tooLarge(this.#bytes, this.#most));
  }
}

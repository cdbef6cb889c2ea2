// A file as it is read from its beginning, in large parts, with jumps.
import { closeSync, openSync, readSync } from 'node:fs';

const chunkBytes = 1 << 20;

export class Reader {
  readonly #fd: number;
  #chunk: Buffer = Buffer.alloc(0);
  /** Where in the file that begins, and where in it what was not taken yet. */
  #from = 0;
  #at = 0;

  constructor(file: string, flags: string | number = 'r') {
    this.#fd = openSync(file, flags);
  }

  skipTo(place: number): void {
    if (place >= this.#from && place <= this.#from + this.#chunk.length) {
      this.#at = place - this.#from;
      return;
    }
    this.#chunk = Buffer.alloc(0);
    this.#from = place;
    this.#at = 0;
  }

  /** As much as there is. */
  take(length: number): Buffer {
    if (this.#at + length > this.#chunk.length) this.#load(length);
    const bytes = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += bytes.length;
    return bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #load(length: number): void {
    this.#from += this.#at;
    const chunk = Buffer.allocUnsafe(Math.max(length, chunkBytes));
    let read = 0;
    while (read < length) {
      const more = readSync(this.#fd, chunk, read, chunk.length - read, this.#from + read);
      if (more === 0) break;
      read += more;
    }
    this.#chunk = chunk.subarray(0, read);
    this.#at = 0;
  }
}

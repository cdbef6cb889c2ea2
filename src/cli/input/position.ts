// How far reading is, as a part of the bytes of all files. That is known of plain files alone, and only roughly where they are compressed.
import { fstatSync, statSync } from 'node:fs';

/** What is unpacked is read ahead of; of less than this the part that is ahead would be most of it. */
const leastPacked = 4e6;

export class Position {
  /** Hears of bytes as they are read. */
  readonly count = (bytes: number): void => {
    this.#read += bytes;
  };
  /** Hears that what is read is compressed. */
  readonly unpack = (): void => {
    this.#isPacked = true;
  };
  readonly #files: readonly string[];
  #read = 0;
  /** Before the chunk from which inputs are being taken. */
  #before = 0;
  #after = 0;
  #isPacked = false;
  /** Of all files; looked up when somebody asks. NaN where they are not all plain files. */
  #bytes: number | undefined;

  /** `-` is stdin. */
  constructor(files: readonly string[]) {
    this.#files = files.length === 0 ? ['-'] : files;
  }

  /** Inputs are taken of another chunk from now on. */
  advance(): void {
    this.#before = this.#after;
    this.#after = this.#read;
  }

  /** Which part of all has been taken, where `ofChunk` is that of the chunk. */
  share(ofChunk: number): number | undefined {
    const all = (this.#bytes ??= bytesOf(this.#files));
    if (!(all > 0) || (this.#isPacked && all < leastPacked)) return undefined;
    return Math.min(1, (this.#before + (this.#after - this.#before) * ofChunk) / all);
  }
}

function bytesOf(files: readonly string[]): number {
  let bytes = 0;
  for (const file of files) {
    try {
      const stats = file === '-' ? fstatSync(0) : statSync(file);
      bytes += stats.isFile() ? stats.size : Number.NaN;
    } catch {
      return Number.NaN;
    }
  }
  return bytes;
}

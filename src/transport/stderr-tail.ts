// The last lines of a worker's stderr, for whoever reports how the worker died.
import type { Readable } from 'node:stream';

import { arrayJoin, arraySlice } from '../task/arrays.ts';

const keptBytes = 4_096;
const keptLines = 60;

export class StderrTail {
  #tail: Buffer<ArrayBufferLike> = Buffer.alloc(0);

  /** Listens along and remembers the end; the stream itself belongs to the user. */
  constructor(from: Readable) {
    from.on('data', (chunk: Buffer) => {
      this.#tail = Buffer.concat([this.#tail, chunk.subarray(-keptBytes)]).subarray(-keptBytes);
    });
    from.on('error', () => {
      // The worker is gone, and its end of the pipe with it.
    });
  }

  get text(): string {
    return arrayJoin(arraySlice(this.#tail.toString('utf8').trimEnd().split('\n'), -keptLines), '\n');
  }
}

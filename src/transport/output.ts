// A worker's stderr belongs to the user: it is passed on as it comes. Its last lines are kept, for whoever reports how
// the worker died.
import type { Readable } from 'node:stream';

const keptBytes = 4_096;
const keptLines = 20;

export class StderrTail {
  #tail: Buffer<ArrayBufferLike> = Buffer.alloc(0);

  /** Passes the stream on to this process's stderr and remembers the end of it. */
  constructor(from: Readable) {
    from.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      this.#tail = Buffer.concat([this.#tail, chunk.subarray(-keptBytes)]).subarray(-keptBytes);
    });
    from.on('error', () => {
      // The worker is gone, and its end of the pipe with it.
    });
  }

  get text(): string {
    return this.#tail.toString('utf8').trimEnd().split('\n').slice(-keptLines).join('\n');
  }
}

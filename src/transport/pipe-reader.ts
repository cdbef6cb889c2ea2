// Reads what a worker process prints. What has come is in the program's hands before the program may end, although the
// pipe itself does not keep the program alive.
import type { Socket } from 'node:net';

import { performance, setImmediate } from '../task/platform.ts';

/** More than a pipe holds. Who writes more after the worker is gone is a process that the worker has started. */
const mostLeftBytes = 8 << 20;
/** In a turn of the loop everything is read that is there; one more turn is for certainty. */
const quietTurns = 2;

export class PipeReader {
  readonly #stream: Socket;
  #bytes = 0;
  #isWatched = false;
  #isLast = false;

  constructor(stream: Socket, take: (chunk: Buffer) => void) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      take(chunk);
      this.#stayAlive();
    });
  }

  /** Reads nothing more until `resume`. */
  pause(): void {
    if (!this.#isLast) this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
    this.#stayAlive();
  }

  /** Keeps the program alive as long as every turn of the loop brings something. */
  #stayAlive(): void {
    if (this.#isWatched || this.#isLast) return;
    this.#isWatched = true;
    this.#whenQuiet(
      () => false,
      () => (this.#isWatched = false),
    );
  }

  /** The worker is gone: calls back when everything is read that it has written. Another process may hold the pipe open, and write to it, so this has a limit. */
  whenRead(limitMs: number, then: () => void): void {
    this.#isLast = true;
    const mostBytes = this.#bytes + mostLeftBytes;
    const end = performance.now() + limitMs;
    this.#stream.resume();
    this.#whenQuiet(() => this.#bytes > mostBytes || performance.now() > end, then);
  }

  #whenQuiet(isTooMuch: () => boolean, then: () => void): void {
    let bytes = this.#bytes;
    let quiet = 0;
    const look = (): void => {
      const { closed, readableEnded } = this.#stream;
      quiet = this.#bytes === bytes ? quiet + 1 : 0;
      if (closed || readableEnded || quiet > quietTurns || (quiet === 0 && isTooMuch())) then();
      else {
        bytes = this.#bytes;
        setImmediate(look);
      }
    };
    setImmediate(look);
  }
}

// What a worker process has printed and its pipes have not taken yet, written out when the process ends. Node throws it
// away: it runs no turn of the loop after `process.exit` or an uncaught exception, and the rest of the queue is written
// in later turns.
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

import { arrayMap } from '../../task/arrays.ts';
import { performance } from '../../task/platform.ts';

/** A reader that has fallen behind is looked at again after so long. */
const retryMs = 2;

type Written = (error?: Error | null) => void;
type Chunk = { readonly chunk: Uint8Array | string; readonly encoding: BufferEncoding };

export class ExitDrain {
  readonly #pipes: Pipe[] = [];
  /** Until when writes may wait, from {@link drain} on. */
  #end: number | undefined;

  /** Follows what is written to this stream. A file or a terminal takes everything at once. */
  add(stream: Writable, fd: 1 | 2): void {
    if (!(stream instanceof Socket)) return;
    const pipe = new Pipe(stream, fd);
    this.#pipes[this.#pipes.length] = pipe;
    // A listener of the user for the end of the process is the first that prints.
    if (this.#end !== undefined) pipe.drain(this.#end);
  }

  /** Writes all that waits, and from now on writes at once. Waits for readers no longer than this. Blocks the loop. */
  drain(waitMs: number): void {
    this.#end = performance.now() + waitMs;
    for (const pipe of this.#pipes) pipe.drain(this.#end);
  }

  /** Has what others than the streams write to stderr wait for its reader as well. */
  block(): void {
    for (const pipe of this.#pipes) pipe.block();
  }
}

class Pipe {
  readonly #stream: Socket;
  readonly #fd: number;
  /** What the system was given last and has perhaps not taken whole. */
  #inFlight: readonly Chunk[] = [];
  #written: Written | undefined;
  /** Until when a write may wait; undefined before the end. */
  #end: number | undefined;
  #isBroken = false;

  constructor(stream: Socket, fd: number) {
    this.#stream = stream;
    this.#fd = fd;
    const write = stream._write.bind(stream);
    const writev = stream._writev?.bind(stream);
    stream._write = (chunk: Uint8Array | string, encoding, done) => {
      const chunks = [{ chunk, encoding }];
      if (this.#end === undefined) write(chunk, encoding, this.#begin(chunks, done));
      else this.#writeNow(bytesOf(chunks), done);
    };
    if (writev === undefined) return;
    stream._writev = (chunks: Chunk[], done) => {
      if (this.#end === undefined) writev(chunks, this.#begin(chunks, done));
      else this.#writeNow(bytesOf(chunks), done);
    };
  }

  #begin(chunks: readonly Chunk[], done: Written): Written {
    this.#inFlight = chunks;
    this.#written = done;
    return (error) => {
      if (this.#written !== done) return;
      this.#written = undefined;
      this.#inFlight = [];
      done(error);
    };
  }

  drain(end: number): void {
    this.#end = end;
    const done = this.#written;
    if (done === undefined || this.#stream.destroyed) return;
    this.#written = undefined;
    const all = bytesOf(this.#inFlight);
    // With this callback the stream hands over everything else that it holds.
    this.#writeNow(all.subarray(all.length - waitingIn(this.#stream)), done);
  }

  block(): void {
    // Stdout may be shared with the program, which must not wait at every write.
    if (this.#fd === 2 && !this.#isBroken) handleOf(this.#stream)?.setBlocking?.(true);
  }

  #writeNow(bytes: Uint8Array, done: Written): void {
    this.#writeAll(bytes);
    done();
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isBroken;) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        const mayRetry = (error as NodeJS.ErrnoException).code === 'EAGAIN' && performance.now() < (this.#end ?? 0);
        // Nobody reads any more, or not in time.
        if (!mayRetry) this.#isBroken = true;
        else sleep(retryMs);
      }
    }
  }
}

/** How many bytes of the last write the system has not taken. */
function waitingIn(stream: Socket): number {
  return handleOf(stream)?.writeQueueSize ?? 0;
}

interface PipeHandle {
  readonly writeQueueSize?: number;
  setBlocking?(isBlocking: boolean): void;
}

/** Node has no public way to either. */
function handleOf(stream: Socket): PipeHandle | null | undefined {
  return (stream as unknown as { readonly _handle?: PipeHandle | null })._handle;
}

function bytesOf(chunks: readonly Chunk[]): Buffer {
  return Buffer.concat(
    arrayMap(chunks, ({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)),
  );
}

const clock = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

function sleep(ms: number): void {
  Atomics.wait(clock, 0, 0, ms);
}

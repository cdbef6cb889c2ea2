// Makes of what is compressed what it was before, one part after the other: files of many parts are what pgzip, pzstd, bgzip and `cat` make.
import { ReadableStream } from 'node:stream/web';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';

import { messageOf } from '../message-of.ts';
import { compressionOf, mayBeMore, type Compression } from './kinds.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** What was compressed. */
export function unpacked(source: AsyncGenerator<Buffer, void>, kind: Compression): AsyncGenerator<Buffer, void> {
  if (kind === 'xz') return unpackedXz(source);
  return kind === 'zstd' ? unpackedFrames(source) : unpackedGzip(source);
}

/** The package knows of parts, and of what breaks off. It is loaded where it is needed. */
async function* unpackedXz(source: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  const { XzReadableStream } = (await import('xz-decompress')).default;
  try {
    for await (const chunk of new XzReadableStream(ReadableStream.from(source))) yield Buffer.from(chunk);
  } catch (error) {
    const [, code = ''] = /failed with error code (\d)/.exec(messageOf(error)) ?? [];
    throw saidOfXz[code] === undefined ? error : new Error(saidOfXz[code], { cause: error });
  }
}

/** By the numbers of XZ Embedded. */
const saidOfXz: Readonly<Record<string, string>> = {
  4: 'it takes more memory to unpack than there is',
  6: 'it is compressed with an option of xz that is not read here; unpack it first: xz -dc FILE | polyloop map …',
  7: 'it is damaged',
  8: 'unexpected end of file, or something else stands behind it',
};

/** Each frame has a stream of its own, which is given that and no more. */
async function* unpackedFrames(source: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  const frames = new ZstdFrames();
  let left: Buffer | undefined;
  const read = async (): Promise<Buffer | undefined> => {
    const chunk = left ?? (await source.next()).value ?? undefined;
    left = undefined;
    return chunk;
  };
  try {
    for (left = await read(); left !== undefined; left ??= await read()) {
      const frame = createZstdDecompress();
      const feeding = feed(frame, async () => {
        const chunk = await read();
        if (chunk === undefined) throw new Error('unexpected end of file');
        const { bytes, isEnd } = frames.push(chunk);
        if (bytes < chunk.length) left = chunk.subarray(bytes);
        return { chunk: chunk.subarray(0, bytes), isEnd };
      });
      yield* frame as AsyncIterable<Buffer>;
      await feeding;
    }
  } finally {
    await source.return?.();
  }
}

/** Node knows of its parts, but not of zeros between and behind them. */
async function* unpackedGzip(source: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  const left = new Left(source);
  try {
    do {
      const part = createGunzip();
      const feeding = feed(part, async () => {
        const chunk = await left.next();
        left.forget(part.bytesWritten);
        return { chunk, isEnd: chunk === undefined };
      });
      yield* part as AsyncIterable<Buffer>;
      await feeding;
      left.giveAgainFrom(part.bytesWritten);
    } while (await hasAnother(left));
  } finally {
    await source.return?.();
  }
}

interface Fed {
  readonly chunk: Buffer | undefined;
  readonly isEnd: boolean;
}

/** Gives a stream what it is to unpack, until that ends, or the stream does. What goes wrong is thrown by the stream. */
async function feed(stream: Gunzip | ZstdDecompress, next: () => Promise<Fed>): Promise<void> {
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) stream.once(event, resolve);
  }).then(() => (hasEnded = true));
  try {
    for (;;) {
      const { chunk, isEnd } = await next();
      if (hasEnded) return;
      const hasRoom = chunk === undefined || stream.write(chunk);
      if (isEnd) {
        stream.end();
        return;
      }
      if (!hasRoom) await Promise.race([ended, new Promise((resolve) => stream.once('drain', resolve))]);
    }
  } catch (error) {
    stream.destroy(error as Error);
  }
}

/** What was read and given to a part, until that has taken it. */
class Left {
  readonly #source: AsyncIterator<Buffer>;
  #given: Buffer[] = [];
  /** So many bytes were given before those. */
  #forgotten = 0;
  #again: Buffer[] = [];

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  async next(): Promise<Buffer | undefined> {
    const chunk = this.#again.shift() ?? (await this.#read());
    if (chunk !== undefined) this.#given.push(chunk);
    return chunk;
  }

  /** So many bytes of all that the part was given have been taken. */
  forget(taken: number): void {
    for (let first = this.#given[0]; first !== undefined; first = this.#given[0]) {
      if (this.#forgotten + first.length > taken) return;
      this.#forgotten += first.length;
      this.#given.shift();
    }
  }

  /** What the part has not taken is given to the next. */
  giveAgainFrom(taken: number): void {
    const rest = Buffer.concat(this.#given).subarray(taken - this.#forgotten);
    this.#given = [];
    this.#forgotten = 0;
    if (rest.length > 0) this.#again.unshift(rest);
  }

  /** The first bytes of what comes next; fewer where there are no more. */
  async peek(bytes: number): Promise<Buffer> {
    let head = Buffer.concat(this.#again);
    while (head.length < bytes) {
      const more = await this.#read();
      if (more === undefined) break;
      head = Buffer.concat([head, more]);
    }
    this.#again = head.length === 0 ? [] : [head];
    return head;
  }

  async #read(): Promise<Buffer | undefined> {
    const next = await this.#source.next();
    return next.done === true ? undefined : next.value;
  }
}

/** As long as the beginning of a part. */
const beginningBytes = 2;

/** Whether another part follows. Throws where something else does. */
async function hasAnother(left: Left): Promise<boolean> {
  for (;;) {
    const head = await left.peek(beginningBytes);
    if (head.length === 0) return false;
    if (compressionOf(head) === 'gzip') return true;
    if (head.length < beginningBytes && mayBeMore(head)) throw new Error('unexpected end of file');
    // Tapes, and who writes in blocks, fill up with zeros.
    const from = head.findIndex((byte) => byte !== 0);
    if (from === 0) throw new Error('something else stands behind the end of what is compressed with gzip');
    await left.next();
    left.giveAgainFrom(from < 0 ? head.length : from);
  }
}

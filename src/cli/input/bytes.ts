// The bytes of a file, or of stdin, as UTF-8; what is compressed comes as it was before, whatever its name. What is no text is named.
import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';

import { asUtf8, unmarkedUtf16 } from './encoding.ts';
import { compressionOf, markOf, mayBeMore, otherKindOf } from './kinds.ts';
import { unpacked } from './unpack.ts';

export interface TextOptions {
  /** Where undefined, a mark decides, else it is UTF-8. */
  readonly encoding: string | undefined;
  /** NUL bytes belong to it. */
  readonly hasNulls: boolean;
  /** Hears how many bytes were read, as they are in the file. */
  readonly onRead?: (bytes: number) => void;
  /** Hears that they are compressed. */
  readonly onUnpack?: () => void;
}

/** Something may be compressed twice; what is compressed more often was made to harm. */
const mostLayers = 4;

/**
 * Reads a file, or stdin for `-`. Where the signal is aborted it is let go of, also where it would have to be waited for. Throws where it is something that
 * cannot be read.
 */
export function readBytes(file: string, signal: AbortSignal, options: TextOptions): AsyncGenerator<Buffer, void> {
  const stream = addAbortSignal(signal, open(file, signal));
  return textOf(counted(stream, options.onRead), options);
}

/** The bytes of the text, in UTF-8, that such bytes are. What is no UTF-8 behind a beginning without a mark is for others to see. */
export async function* textOf(
  source: AsyncIterator<Buffer>,
  { encoding, hasNulls, onUnpack }: TextOptions,
): AsyncGenerator<Buffer, void> {
  let chunks = source;
  for (let layer = 0; ; layer++) {
    const read = await headOf(chunks);
    if (read.length === 0) return;
    const head = Buffer.concat(read);
    const compression = compressionOf(head);
    if (compression === undefined) {
      yield* asText(head, startingWith(read, chunks), { encoding, hasNulls });
      return;
    }
    if (layer === mostLayers) throw new Error(`it is compressed more than ${mostLayers} times`);
    onUnpack?.();
    chunks = unpacked(startingWith(read, chunks), compression);
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, onRead: TextOptions['onRead']): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    onRead?.(chunk.length);
    yield chunk;
  }
}

async function* asText(
  head: Buffer,
  chunks: AsyncGenerator<Buffer, void>,
  { encoding, hasNulls }: TextOptions,
): AsyncGenerator<Buffer, void> {
  try {
    const kind = otherKindOf(head);
    if (kind !== undefined) throw new Error(kind);
    // A mark in the text knows better than whoever calls it latin1.
    const from = markOf(head) ?? (isMarkedUtf8(head) ? undefined : encoding) ?? 'utf-8';
    const seems = from === 'utf-8' && !hasNulls ? unmarkedUtf16(head) : undefined;
    if (seems !== undefined)
      throw new Error(`it seems to be ${seems}, without a mark that says so; read it with --encoding ${seems}`);
    yield* from === 'utf-8' ? chunks : asUtf8(chunks, from);
  } finally {
    await chunks.return();
  }
}

function isMarkedUtf8(head: Buffer): boolean {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
}

/** The first chunks: one, but for where that is too short to tell what it is. */
async function headOf(chunks: AsyncIterator<Buffer>): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return read;
    if (next.value.length > 0) read.push(next.value);
    if (read.length > 0 && !mayBeMore(Buffer.concat(read))) return read;
  }
}

function open(file: string, signal: AbortSignal): Readable {
  if (file === '-') return process.stdin;
  if (statSync(file, { throwIfNoEntry: false })?.isFIFO() !== true) return createReadStream(file);
  // Node reads files in threads, and cannot end, nor exit, while one of them waits in a named pipe.
  const { stdout } = spawn('cat', [file], { stdio: ['ignore', 'pipe', 'inherit'], signal, killSignal: 'SIGKILL' })
    // That it was ended, or could not be started, shows in what comes from it.
    .on('error', (error) => stdout.destroy(error));
  return stdout;
}

async function* startingWith(first: readonly Buffer[], others: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* first;
    for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
  } finally {
    await others.return?.();
  }
}

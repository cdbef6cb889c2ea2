// The bytes of a file, or of stdin; what is compressed comes as it was before, whatever its name.
import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { addAbortSignal, pipeline, type Duplex, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** How what is compressed begins. No text begins so. */
const decompressors: readonly { readonly magic: readonly number[]; readonly create: () => Duplex }[] = [
  { magic: [0x1f, 0x8b], create: createGunzip },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], create: createZstdDecompress },
];

/** Reads a file, or stdin for `-`. Where the signal is aborted it is let go of, also where it would have to be waited for. */
export async function* readBytes(file: string, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const stream = addAbortSignal(signal, open(file, signal));
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done === true) return;
  const rest = startingWith(first.value, chunks);
  const found = decompressors.find(({ magic }) => magic.every((byte, at) => first.value[at] === byte));
  if (found === undefined) {
    yield* rest;
    return;
  }
  const decompressor = found.create();
  // What goes wrong is thrown by the loop.
  pipeline(rest, decompressor, () => {});
  yield* decompressor as AsyncIterable<Buffer>;
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

async function* startingWith(first: Buffer, others: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield first;
    for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
  } finally {
    await others.return?.();
  }
}

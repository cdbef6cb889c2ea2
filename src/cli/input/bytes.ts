// The bytes of a file, or of stdin; what is compressed comes as it was before, whatever its name.
import { createReadStream } from 'node:fs';
import { addAbortSignal, pipeline, type Duplex, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** How what is compressed begins. No text begins so. */
const decompressors: readonly { readonly magic: readonly number[]; readonly create: () => Duplex }[] = [
  { magic: [0x1f, 0x8b], create: createGunzip },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], create: createZstdDecompress },
];

/** Reads a file, or stdin for `-`. Where the signal is aborted it is let go of, also where it would have to be waited for. */
export async function* readBytes(file: string, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  const stream: Readable = addAbortSignal(signal, file === '-' ? process.stdin : createReadStream(file));
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

async function* startingWith(first: Buffer, others: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield first;
    for (let next = await others.next(); next.done !== true; next = await others.next()) yield next.value;
  } finally {
    await others.return?.();
  }
}

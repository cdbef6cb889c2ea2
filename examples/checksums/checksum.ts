// Size and SHA-256 of one file, read piece by piece: a file may be larger than memory. It knows nothing of polyloop.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export interface Checksum {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export default async function checksum(path: string): Promise<Checksum> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(piece);
    size += piece.length;
  }
  return { path, size, sha256: hash.digest('hex') };
}

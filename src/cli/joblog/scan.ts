// Reads a job log from its beginning, whatever ended the program that wrote it.
import { closeSync, openSync, readSync } from 'node:fs';

import { UsageError } from '../usage-error.ts';
import type { Entry } from './entries.ts';

const chunkBytes = 1 << 20;
const newline = 10;

/**
 * Tells each entry of a log, and where it ends. Returns how much of the file is entries: what follows was being written when the program was killed.
 * Throws a {@link UsageError} where something else is no entry.
 */
export function scanLog(file: string, tell: (entry: Entry, endsAt: number) => void): number {
  let at = 0;
  let line = 0;
  let wrongLine = 0;
  for (const { text, bytes } of linesOf(file)) {
    line++;
    const entry = entryOf(text);
    if (entry === undefined) wrongLine ||= line;
    else if (wrongLine === 0) tell(entry, (at += bytes));
    else {
      throw new UsageError(
        `${file}:${wrongLine} is no line of a job log. Name another --joblog, or start anew with --overwrite.`,
      );
    }
  }
  if (wrongLine === 1) throw new UsageError(`${file} is no job log. Name another file with --joblog.`);
  return at;
}

/** What ends with a newline. Of what does not, nobody knows how it would have gone on. */
function* linesOf(file: string): Generator<{ readonly text: string; readonly bytes: number }> {
  const fd = openSync(file, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(fd, chunk);
      if (length === 0) return;
      const read = Buffer.concat([rest, chunk.subarray(0, length)]);
      let from = 0;
      for (let end = read.indexOf(newline); end >= 0; end = read.indexOf(newline, from)) {
        yield { text: read.toString('utf8', from, end), bytes: end + 1 - from };
        from = end + 1;
      }
      rest = read.subarray(from);
    }
  } finally {
    closeSync(fd);
  }
}

function entryOf(text: string): Entry | undefined {
  try {
    const entry = JSON.parse(text) as Partial<Record<'seq' | 'hash' | 'type', unknown>> | null;
    const isOne =
      typeof entry === 'object' &&
      entry !== null &&
      (typeof entry.type === 'string' || (typeof entry.seq === 'number' && typeof entry.hash === 'string'));
    return isOne ? (entry as Entry) : undefined;
  } catch {
    return undefined;
  }
}

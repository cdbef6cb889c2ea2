// The program's own stdout and stderr, to which the output of its workers goes.
import { Writable } from 'node:stream';

import { arrayFilter, arrayMap } from '../task/arrays.ts';
import { clearTimeout, isNextTickReplaced, NativePromise, setTimeout } from '../task/platform.ts';
import type { OutputStream } from './transport.ts';
import type { PipeReader } from './pipe-reader.ts';

/** Those to which polyloop has something written. To touch another one would create it. */
const used = new Set<OutputStream>();
/** Readers of workers' pipes that wait until the program's stderr has room. */
const waiting = new Set<PipeReader>();

/** Writes what a worker has printed. */
export function pass(to: OutputStream, chunk: Uint8Array): void {
  used.add(to);
  process[to].write(chunk);
}

/** Writes to stderr; the reader goes on when there is room again. */
export function passToStderr(chunk: Uint8Array, reader: PipeReader): void {
  pass('stderr', chunk);
  const { stderr } = process;
  if (!stderr.writableNeedDrain) return;
  reader.pause();
  if (waiting.size === 0) {
    stderr.once('drain', resumeAll);
    stderr.once('close', resumeAll);
  }
  waiting.add(reader);
}

function resumeAll(): void {
  process.stderr.off('drain', resumeAll).off('close', resumeAll);
  const readers = [...waiting];
  waiting.clear();
  for (const reader of readers) reader.resume();
}

/** Node pipes what threads print to both by itself. */
export function usedByThreads(): void {
  used.add('stdout').add('stderr');
}

/** Resolves when the system has taken what was written so far, or after this time. */
export async function whenWritten(limitMs: number): Promise<void> {
  const behind = arrayFilter(
    arrayMap([...used], (name): Writable => process[name]),
    isBehind,
  );
  if (behind.length === 0 || isNextTickReplaced()) return;
  await new NativePromise<void>((resolve) => {
    let left = behind.length;
    const timer = setTimeout(resolve, limitMs).unref();
    for (const stream of behind)
      // The method of the class: user code may have replaced that of the stream.
      Writable.prototype.write.call(stream, '', 'utf8', () => {
        left--;
        if (left > 0) return;
        clearTimeout(timer);
        resolve();
      });
  });
}

function isBehind(stream: Writable): boolean {
  return stream.writableLength > 0 && stream.writable;
}

// Files of lines: how long they are, whether their last line is whole, parts of them.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

const newline = 10;

/** What stands behind each thing in a file. */
export type Separator = 'newline' | 'null';

/** A part of a file, in bytes. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** 0 where there is no such file. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function endsWith(file: string, byte: number): boolean {
  const size = sizeOf(file);
  return size === 0 || withFile(file, 'r', (fd) => readAt(fd, size - 1, 1)[0]) === byte;
}

/** As much of it as a header may be; empty where there is no such file. */
export function beginOf(file: string): string {
  const size = sizeOf(file);
  return size === 0 ? '' : withFile(file, 'r', (fd) => readAt(fd, 0, Math.min(size, 1 << 20))).toString();
}

/** How much of a file is whole lines. What follows the last separator was being written when a program was killed. */
export function wholeLinesOf(file: string, separator: Separator): number {
  const byte = separator === 'newline' ? newline : 0;
  const size = sizeOf(file);
  if (endsWith(file, byte)) return size;
  return withFile(file, 'r', (fd) => {
    for (let to = size; to > 0; to -= 1 << 16) {
      const from = Math.max(0, to - (1 << 16));
      const end = readAt(fd, from, to - from).lastIndexOf(byte);
      if (end >= 0) return from + end + 1;
    }
    return 0;
  });
}

/** Writes parts of a file to another, to the disk. */
export function copyStretches(file: string, to: string, stretches: readonly Stretch[]): void {
  withFile(file, 'r', (source) =>
    withFile(to, 'w', (target) => {
      for (const stretch of stretches) {
        for (let at = stretch.from; at < stretch.to;) {
          const bytes = readAt(source, at, Math.min(1 << 20, stretch.to - at));
          if (bytes.length === 0) throw new Error(`${file} became shorter while it was read`);
          for (let written = 0; written < bytes.length;) written += writeSync(target, bytes, written);
          at += bytes.length;
        }
      }
      fsyncSync(target);
    }),
  );
}

/** Adds a line, to the disk. */
export function appendLine(file: string, line: string): void {
  withFile(file, 'a', (fd) => {
    writeFileSync(fd, `${line}\n`);
    fsyncSync(fd);
  });
}

/** Puts a file in the place of another, whose permissions it takes over: on the disk, too. */
export function putInPlace(file: string, of: string): void {
  chmodSync(file, statSync(of).mode);
  renameSync(file, of);
  withFile(dirname(resolve(of)), 'r', fsyncSync);
}

/** A file that is written from its beginning to its end and can be read again, or will be one. */
export function isPlain(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() !== false;
}

function readAt(fd: number, at: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, at));
}

function withFile<T>(file: string, flags: string, use: (fd: number) => T): T {
  const fd = openSync(file, flags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

// What a run reads and what it writes, looked at together before anything is touched: no file may be written over that is
// read, nor be written twice. A file is known by what it is (device and inode), whatever it is called.
import { fstatSync, lstatSync, readlinkSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { UsageError } from '../usage-error.ts';

export interface Read {
  /** A file, or the number of an open one. */
  readonly file: string | number;
  /** What it is for those that are not named for being read: `the module of the function`. */
  readonly as?: string;
}

/** Throws a {@link UsageError} where a file would be written over that is read, or two things would be written to one file. */
export function checkUses(written: readonly (string | undefined)[], read: readonly Read[]): void {
  const uses = new Map<string, Read | undefined>();
  for (const one of read) {
    const which = whichFile(one.file);
    if (which !== undefined && !uses.has(which)) uses.set(which, one);
  }
  for (const file of written) {
    if (file === undefined || file === '-') continue;
    const which = whichFile(file);
    if (which === undefined) continue;
    const as = uses.get(which)?.as;
    if (as !== undefined) throw new UsageError(`${file} is ${as}, and would be written over. Name another file.`);
    if (uses.has(which))
      throw new UsageError(`${file} is asked for twice. Each file has a use of its own; name another.`);
    uses.set(which, undefined);
  }
}

/**
 * The same for the files to which a shell has sent stdout and stderr. Throws a {@link UsageError} where one of them is read,
 * or is written otherwise, too; that both are one file is nobody's harm.
 */
export function checkStreams(
  written: readonly (string | undefined)[],
  read: readonly Read[],
  usesStdout: boolean,
): void {
  for (const [fd, name] of [
    [1, 'stdout'],
    [2, 'stderr'],
  ] as const) {
    const which = whichFile(fd);
    if (which === undefined) continue;
    const source = read.find(({ file }) => whichFile(file) === which);
    if (source !== undefined) {
      const what = typeof source.file === 'number' ? 'stdin' : (source.as ?? source.file);
      throw new UsageError(
        `${name} goes to the file from which ${what} is read. Each file has a use of its own; send ${name} to another.`,
      );
    }
    if (name === 'stdout' && !usesStdout) continue;
    const twice = written.find((file) => file !== undefined && !isDevice(file) && whichFile(file) === which);
    if (twice !== undefined)
      throw new UsageError(`${name} goes to ${twice}, which is written as well. Send ${name} to another file.`);
  }
}

/** The files that are named by flags of Node: `--env-file=.env`, `--import ./register.ts`. */
export function filesOfFlags(flags: readonly string[], as: string): Read[] {
  const reads: Read[] = [];
  for (const flag of flags) {
    const value = flag.slice(flag.startsWith('-') ? flag.indexOf('=') + 1 : 0);
    const file = value.startsWith('file:') ? pathOf(value) : value;
    if (file !== undefined && isFile(file)) reads.push({ file, as });
  }
  return reads;
}

/** The file of a module; nothing for what has none. */
export function fileOfModule(url: string, as: string): Read[] {
  const file = pathOf(url);
  return file === undefined ? [] : [{ file, as }];
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(new URL(url));
  } catch {
    return undefined;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** `/dev/stdout` and the like: whoever names it means the stream itself. */
function isDevice(file: string): boolean {
  return /^\/(?:dev|proc)\//.test(file);
}

/** Undefined for what is no file, such as /dev/null. */
function whichFile(file: string | number): string | undefined {
  const stats = statsOf(file);
  if (stats !== undefined) return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
  return typeof file === 'string' ? placeOf(file) : undefined;
}

function statsOf(file: string | number): Stats | undefined {
  if (typeof file === 'string') return statSync(file, { throwIfNoEntry: false });
  try {
    return fstatSync(file);
  } catch {
    // It is closed.
    return undefined;
  }
}

/** Where a file will be that is not there yet: a link may lead to it, and its folder may have other names. */
export function placeOf(file: string, links = 0): string {
  const path = resolve(file);
  if (links < 40 && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return placeOf(resolve(dirname(path), readlinkSync(path)), links + 1);
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

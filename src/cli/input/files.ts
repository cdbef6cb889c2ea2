// Which files are read: those that are named, and those that patterns mean.
import { accessSync, constants, fstatSync, globSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

/** Names as they are; patterns in place, sorted. Throws {@link UsageError} where a pattern means nothing. */
export function filesMeant(written: readonly string[], folder: string): string[] {
  return written.flatMap((name) => {
    // A shell would have put files in place of a pattern; here comes what was in quotes. A file may be named like one.
    if (name === '-' || !/[*?[{]/.test(name) || isThere(name, folder)) return [name];
    const found = globSync(name, { cwd: folder })
      .filter((file) => statSync(resolve(folder, file), { throwIfNoEntry: false })?.isFile() === true)
      .toSorted();
    if (found.length > 0) return found;
    throw new UsageError(`No file in ${folder} is meant by the pattern '${name}'.`);
  });
}

/** Throws a {@link UsageError} where a file is not there, or not to be read. */
export function checkReadable(files: readonly string[]): void {
  for (const file of files.length === 0 ? ['-'] : files) {
    try {
      if (file !== '-') accessSync(file, constants.R_OK);
    } catch (error) {
      throw new UsageError(`Cannot read ${file}: ${messageOf(error)}.`);
    }
    if (isFolder(file)) {
      const name = file === '-' ? 'stdin' : file;
      throw new UsageError(
        `Cannot read ${name}: it is a folder. Name its files, or a pattern in quotes such as '${file === '-' ? 'folder' : file}/*'.`,
      );
    }
  }
}

function isFolder(file: string): boolean {
  try {
    return (file === '-' ? fstatSync(0) : statSync(file)).isDirectory();
  } catch {
    // It is closed. Node opens another in its place.
    return false;
  }
}

function isThere(name: string, folder: string): boolean {
  return statSync(resolve(folder, name), { throwIfNoEntry: false }) !== undefined;
}

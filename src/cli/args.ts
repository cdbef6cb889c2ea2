// `--args`: the second argument of each call, as JSON, or with `@FILE` what a file has. What is in a file is in no log, no report and no hint,
// and in no list of processes.
import { readFileSync } from 'node:fs';

import { NumberChangesError, parseJson, type BigNumbers } from './json.ts';
import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

/** As it is written; JSON never begins with `@`. Throws a {@link UsageError} where it is neither. */
export function argsWritten(written: string): string {
  if (fileOfArgs(written) !== undefined) return written;
  try {
    // Its text: what its numbers become depends on another flag.
    JSON.parse(written);
    return written;
  } catch (error) {
    throw new UsageError(`It takes JSON, or @FILE for what a file has (${messageOf(error)}).`);
  }
}

/** The file in which they are, where that is so. */
export function fileOfArgs(written: string | undefined): string | undefined {
  return written?.startsWith('@') === true ? written.slice(1) : undefined;
}

/** Throws a {@link UsageError} where they cannot be read. */
export function argsOf(written: string, bigNumbers: BigNumbers = 'refuse'): unknown {
  const file = fileOfArgs(written);
  try {
    return parseJson(file === undefined ? written : textOf(file), bigNumbers);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (file === undefined || error instanceof NumberChangesError) throw new UsageError(`--args ${messageOf(error)}.`);
    // What the platform says has a part of the text in it.
    const at = / position \d+/.exec(messageOf(error))?.[0];
    throw new UsageError(`--args ${written}: the file is not JSON${at === undefined ? '' : ` (at${at})`}.`);
  }
}

function textOf(file: string): string {
  if (file === '') throw new UsageError('--args @FILE takes the name of a file.');
  try {
    // With a mark of byte order as some editors write it.
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UsageError(`Cannot read ${file}, which --args names: ${messageOf(error)}.`);
  }
}

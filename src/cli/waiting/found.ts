// What stands already in the file for results that wait, when a run begins: whether it is of the run that is to go on.
import { lstatSync } from 'node:fs';

import type { HeaderEntry } from '../joblog/entries.ts';
import { placeOf } from '../output/uses.ts';
import { UsageError } from '../usage-error.ts';
import { readFrames, type Found } from './frames.ts';

/** Beside the output, or beside the log where that is none that can be found again. */
export function waitingFileOf(output: string | undefined, joblog: string | undefined): string | undefined {
  const of = output ?? joblog;
  return of === undefined ? undefined : `${placeOf(of)}.polyloop-waiting`;
}

/** Undefined where there is none. Throws a {@link UsageError} where it is something else. */
export function foundIn(file: string | undefined): Found | undefined {
  if (file === undefined) return undefined;
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const found = stats.isFile() ? readFrames(file) : undefined;
  if (found === undefined || found.header.format !== 1)
    throw new UsageError(
      `${file} has no results of polyloop that wait, and would be written over. Name another output.`,
    );
  return found;
}

export function isOf({ header }: Found, run: HeaderEntry | undefined): boolean {
  return run !== undefined && header.at === run.at && header.pid === run.pid;
}

/** Throws a {@link UsageError} where it is of another run than that of the log, or has other records. */
export function checkFound(
  found: Found,
  {
    file,
    run,
    joblog,
    format,
  }: {
    readonly file: string | undefined;
    readonly run: HeaderEntry;
    readonly joblog: string;
    readonly format: string;
  },
): void {
  if (found.frames.length === 0) return;
  if (!isOf(found, run))
    throw new UsageError(
      `${file} has results of another run than ${joblog}, which wait for their turn. Go on with that run, or remove the file if you do not want them.`,
    );
  if (found.header.records !== format)
    throw new UsageError(`${file} has results as ${found.header.records}, not ${format}. Write that again.`);
}

export function refusalOf(file: string | undefined, count: number): UsageError {
  const [results, they] =
    count === 1 ? ['a result that waits for its', 'it'] : [`${count} results that wait for their`, 'them'];
  return new UsageError(
    `${file} has ${results} turn, of a run that has not come to its end. Go on with that with --resume and its --joblog, or lose ${they} with --overwrite.`,
  );
}

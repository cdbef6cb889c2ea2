// The files that a run keeps, its output and its job log, as they are when it begins: whatever a killed program left in them
// is brought into order first, so that both tell the same, and nothing that is of worth is written over.
import { existsSync, realpathSync, rmSync, statSync, truncateSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { messageOf } from '../message-of.ts';
import { appendLine, copyStretches, cutHalfLine, endsALine, putInPlace, sizeOf } from '../output/files.ts';
import { UsageError } from '../usage-error.ts';
import { formatVersion, type HeaderEntry, type RewrittenEntry } from './entries.ts';
import { Past, type Again, type Match } from './past.ts';

export interface KeepOptions {
  readonly output: string | undefined;
  readonly outputFormat: string;
  readonly joblog: string | undefined;
  readonly again: Again | undefined;
  readonly match: Match;
  /** What to do about files that are there. */
  readonly existing: 'refuse' | 'append' | 'overwrite';
}

export interface Kept {
  /** What had ended before, where this run goes on with another. */
  readonly past: Past | undefined;
  /** How many results are not in the output any more. */
  readonly lost: number;
  /** So long is the output now. */
  readonly outputBytes: number;
}

/** Brings the files of a run into order. Throws a {@link UsageError} where they are there and it was not said what to do about them, or where they do not fit together. */
export function keepFiles(options: KeepOptions): Kept {
  const { output, joblog, again } = options;
  try {
    let past: Past | undefined;
    let lost = 0;
    if (again !== undefined && joblog !== undefined && sizeOf(joblog) > 0)
      past = new Past(joblog, again, options.match);
    if (joblog !== undefined && past?.header !== undefined) {
      checkHeader(past.header, joblog, options);
      const before = past.ended;
      past = repair(past, joblog, output);
      lost = before - past.ended;
    } else {
      // What was begun and has no header yet has not begun.
      if (joblog !== undefined && past !== undefined) truncateSync(joblog, past.logBytes);
      past = undefined;
      makeWay(options);
    }
    return { past, lost, outputBytes: output === undefined ? 0 : sizeOf(output) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot go on with ${joblog ?? output}: ${messageOf(error)}.`);
  }
}

/** The output as its log names it: both may be moved together. */
export function seenFrom(joblog: string, output: string): string {
  return relative(dirname(resolve(joblog)), resolve(output));
}

/** A run begins with new files, or behind what is in them. */
function makeWay({ output, joblog, existing }: KeepOptions): void {
  const there = [joblog, output].filter((file) => file !== undefined && sizeOf(file) > 0 && statSync(file).isFile());
  for (const file of there as string[]) {
    if (existing === 'overwrite') truncateSync(file);
    else if (existing === 'refuse') {
      const goOn = file === joblog ? 'Go on where it ended with --resume, add' : 'Add';
      throw new UsageError(`${file} is there already. ${goOn} to it with --append, or write it anew with --overwrite.`);
    } else if (file === joblog) truncateSync(file, new Past(file, 'resume', 'seq').logBytes);
    else cutHalfLine(file);
  }
}

function checkHeader(
  { format, version, output: before }: HeaderEntry,
  joblog: string,
  { output, outputFormat }: KeepOptions,
): void {
  if (format !== formatVersion)
    throw new UsageError(`${joblog} was written by polyloop ${version}, in a format that this one does not know.`);
  const now = output === undefined ? undefined : seenFrom(joblog, output);
  if (now !== before?.file) {
    const was = before === undefined ? 'to stdout, without -o' : `with -o ${join(dirname(joblog), before.file)}`;
    throw new UsageError(`${joblog} is of a run that wrote ${was}. Do that again, so that one output has it all.`);
  }
  if (before !== undefined && before.format !== outputFormat)
    throw new UsageError(`${joblog} is of a run that wrote ${before.format}, not ${outputFormat}. Write that again.`);
}

/** Brings a log and its output together. Returns what both have then. */
function repair(past: Past, joblog: string, written: string | undefined): Past {
  if (sizeOf(joblog) > past.logBytes) truncateSync(joblog, past.logBytes);
  if (written === undefined) return past;
  // Where it is a link, what that leads to is written anew.
  const output = existsSync(written) ? realpathSync(written) : written;
  const anew = `${output}.polyloop-rewritten`;
  if (past.isRewriting && existsSync(anew)) putInPlace(anew, output);
  rmSync(anew, { force: true });
  const size = sizeOf(output);
  if (size < past.outputBytes) {
    const left = past.cutTo(size);
    if (left === undefined) throw changed(output, joblog);
    truncateSync(joblog, left);
    return repair(past.again(), joblog, written);
  }
  if (size > past.outputBytes) {
    // Of a run that has come to its end nothing is half written.
    if (past.isClosed) throw changed(output, joblog);
    truncateSync(output, past.outputBytes);
  }
  if (!endsALine(output)) throw changed(output, joblog);
  const kept = past.stretchesThatStay;
  if (kept === undefined) return past;
  // Whenever the program is killed here, the log tells whether it was done.
  copyStretches(output, anew, kept);
  past.dropFailures();
  appendLine(joblog, JSON.stringify({ type: 'rewritten', bytes: past.outputBytes } satisfies RewrittenEntry));
  putInPlace(anew, output);
  return past;
}

function changed(output: string, joblog: string): UsageError {
  return new UsageError(
    `${output} is not as ${joblog} has it; something else has changed it. Start anew with --overwrite.`,
  );
}

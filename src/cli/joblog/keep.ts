// The files that a run keeps, its output and its job log, as they are when it begins: whatever a killed program left in them
// is brought into order first, so that both tell the same, and nothing that is of worth is written over. All is decided
// before any of it is done.
import { existsSync, realpathSync, rmSync, statSync, truncateSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { messageOf } from '../message-of.ts';
import { checkRecords } from '../output/check-records.ts';
import { appendLine, copyStretches, putInPlace, sizeOf, wholeLinesOf } from '../output/files.ts';
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

/** What is to be done to the files of a run before it begins. Nothing was done yet. */
export interface Plan {
  /** What had ended before, where this run goes on with another. */
  readonly past: Past | undefined;
  /** How many results are not in the output any more. */
  readonly lost: number;
  /** So long is the output then. */
  readonly outputBytes: number;
  /** Does it. Throws a {@link UsageError} where that cannot be done. */
  readonly carryOut: () => void;
}

/**
 * Decides how the files of a run are brought into order, and touches none of them. Throws a {@link UsageError} where they are there and it was not said
 * what to do about them, or where they do not fit together.
 */
export function planFiles(options: KeepOptions): Plan {
  return told(options, () => {
    const { joblog, again } = options;
    const past =
      again !== undefined && joblog !== undefined && sizeOf(joblog) > 0
        ? new Past(joblog, again, options.match)
        : undefined;
    if (joblog !== undefined && past?.header !== undefined) {
      checkHeader(past.header, joblog, options);
      return planOn(past, joblog, options);
    }
    return planAnew(past, options);
  });
}

function told<T>(options: KeepOptions, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot go on with ${options.joblog ?? options.output}: ${messageOf(error)}.`);
  }
}

/** The output as its log names it: both may be moved together. */
export function seenFrom(joblog: string, output: string): string {
  return relative(dirname(resolve(joblog)), resolve(output));
}

/** A run begins with new files, or behind what is in them. `past`: of a log that has no header, so what was begun in it has not begun. */
function planAnew(past: Past | undefined, options: KeepOptions): Plan {
  const { output, joblog, existing } = options;
  const lengths = new Map<string, number>();
  for (const file of [joblog, output]) {
    if (file === undefined || sizeOf(file) === 0 || !statSync(file).isFile()) continue;
    const isBegun = file === joblog && past !== undefined;
    if (existing === 'overwrite') lengths.set(file, 0);
    else if (isBegun && past.logBytes === 0) lengths.set(file, 0);
    else if (existing === 'refuse') {
      const goOn = file === joblog ? 'Go on where it ended with --resume, add' : 'Add';
      throw new UsageError(`${file} is there already. ${goOn} to it with --append, or write it anew with --overwrite.`);
    } else lengths.set(file, file === joblog ? new Past(file, 'resume', 'seq').logBytes : wholeLinesOf(file));
  }
  return {
    past: undefined,
    lost: 0,
    outputBytes: output === undefined ? 0 : (lengths.get(output) ?? sizeOf(output)),
    carryOut: () => told(options, () => cutAll(lengths)),
  };
}

function cutAll(lengths: ReadonlyMap<string, number>): void {
  for (const [file, length] of lengths) if (sizeOf(file) > length) truncateSync(file, length);
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

/** A run goes on with another: its log and its output are brought together. */
function planOn(found: Past, joblog: string, options: KeepOptions): Plan {
  const { output: written, outputFormat } = options;
  if (written === undefined) {
    const cut = (): void => cutAll(new Map([[joblog, found.logBytes]]));
    return { past: found, lost: 0, outputBytes: 0, carryOut: () => told(options, cut) };
  }
  // Where it is a link, what that leads to is written anew.
  const output = existsSync(written) ? realpathSync(written) : written;
  const anew = `${output}.polyloop-rewritten`;
  const isReplacing = found.isRewriting && existsSync(anew);
  const file = isReplacing ? anew : output;
  const checked = { name: written, file, joblog, isJson: outputFormat === 'jsonl' };
  const size = sizeOf(file);
  // Where it is not there, all of it runs again.
  if (existsSync(file)) checkRecords(checked, found);
  let past = found;
  if (size < found.outputBytes) {
    const left = found.cutTo(size);
    if (left === undefined) throw gone(written, joblog);
    past = found.upTo(left);
  }
  const { logBytes, outputBytes } = past;
  const kept = past.stretchesThatStay;
  if (kept !== undefined) past.dropFailures();
  return {
    past,
    lost: found.ended - past.ended,
    outputBytes: past.outputBytes,
    carryOut: () =>
      told(options, () => {
        if (isReplacing) putInPlace(anew, output);
        rmSync(anew, { force: true });
        cutAll(
          new Map([
            [joblog, logBytes],
            [output, outputBytes],
          ]),
        );
        if (kept === undefined) return;
        // Whenever the program is killed here, the log tells whether it was done.
        copyStretches(output, anew, kept);
        appendLine(joblog, JSON.stringify({ type: 'rewritten', bytes: past.outputBytes } satisfies RewrittenEntry));
        putInPlace(anew, output);
      }),
  };
}

function gone(output: string, joblog: string): UsageError {
  return new UsageError(
    `${output} is not as ${joblog} has it; something else has changed it: records that it had are gone. Nothing was touched. ` +
      'Put it back as it was, or start anew with --overwrite.',
  );
}

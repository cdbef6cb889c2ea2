// The files that a run keeps, its output and its job log, as they are when it begins: whatever a killed program left in them
// is brought into order first, so that both tell the same, and nothing that is of worth is written over. All is decided
// before any of it is done.
import { existsSync, realpathSync, rmSync, statSync, truncateSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { messageOf } from '../message-of.ts';
import { checkRecords } from '../output/check-records.ts';
import { appendLine, copyStretches, putInPlace, sizeOf, wholeLinesOf, type Separator } from '../output/files.ts';
import { UsageError } from '../usage-error.ts';
import { checkFound, foundIn, isOf, refusalOf } from '../waiting/found.ts';
import type { Found } from '../waiting/frames.ts';
import { formatVersion, type HeaderEntry, type RewrittenEntry } from './entries.ts';
import { Past, type Again, type Match } from './past.ts';

export interface KeepOptions {
  readonly output: string | undefined;
  readonly outputFormat: string;
  /** Where inputs go that have failed, and what stands behind each. */
  readonly errors: string | undefined;
  readonly errorsEnd: Separator;
  readonly joblog: string | undefined;
  /** Where results wait for their turn. */
  readonly waiting: string | undefined;
  readonly again: Again | undefined;
  readonly match: Match;
  /** So many inputs are one. */
  readonly batch: number | undefined;
  /** What to do about files that are there. */
  readonly existing: 'refuse' | 'append' | 'overwrite';
}

/** What is to be done to the files of a run before it begins. Nothing was done yet. */
export interface Plan {
  /** What had ended before, where this run goes on with another. */
  readonly past: Past | undefined;
  /** How many results are not in the output any more. */
  readonly lost: number;
  /** Results that waited have been changed, and their inputs run again. */
  readonly isWaitingDamaged: boolean;
  /** So long is the output then. */
  readonly outputBytes: number;
  /** Where in their file inputs that fail begin, and so long is that then. */
  readonly errorsStartAt: number;
  readonly errorsBytes: number;
  /** Does it. Throws a {@link UsageError} where that cannot be done. */
  readonly carryOut: () => void;
}

/**
 * Decides how the files of a run are brought into order, and touches none of them. Throws a {@link UsageError} where they are there and it was not said
 * what to do about them, or where they do not fit together.
 */
export function planFiles(options: KeepOptions): Plan {
  return told(options, () => {
    const { joblog, again, existing, waiting: file, outputFormat: format } = options;
    const found = foundIn(file);
    const past =
      again !== undefined && joblog !== undefined && sizeOf(joblog) > 0
        ? new Past(joblog, again, options.match, found?.frames)
        : undefined;
    if (joblog !== undefined && past?.header !== undefined) {
      checkHeader(past.header, joblog, options);
      if (found !== undefined) checkFound(found, { file, run: past.header, joblog, format });
      checkErrors(past, joblog, options);
      return { ...planOn(past, joblog, options), isWaitingDamaged: found?.isDamaged === true };
    }
    const left = found === undefined || existing === 'overwrite' ? 0 : leftOf(found, joblog);
    if (left > 0) throw refusalOf(file, left);
    return planAnew(past, options);
  });
}

/** How many results wait that are of no run which could be known to have handed them over. */
function leftOf(found: Found, joblog: string | undefined): number {
  if (joblog === undefined || sizeOf(joblog) === 0) return found.frames.length;
  const past = new Past(joblog, 'resume', 'seq', found.frames);
  return isOf(found, past.header) ? past.waiting.size : found.frames.length;
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
  const { output, joblog, errors, errorsEnd, existing } = options;
  const lengths = new Map<string, number>();
  for (const file of [joblog, output, errors]) {
    if (file === undefined || sizeOf(file) === 0 || !statSync(file).isFile()) continue;
    const isBegun = file === joblog && past !== undefined;
    if (existing === 'overwrite') lengths.set(file, 0);
    else if (isBegun && past.logBytes === 0) lengths.set(file, 0);
    else if (existing === 'refuse') {
      const goOn = file === joblog ? 'Go on where it ended with --resume, add' : 'Add';
      throw new UsageError(`${file} is there already. ${goOn} to it with --append, or write it anew with --overwrite.`);
    } else if (file === joblog) lengths.set(file, new Past(file, 'resume', 'seq').logBytes);
    else lengths.set(file, wholeLinesOf(file, file === errors ? errorsEnd : 'newline'));
  }
  const lengthOf = (file: string | undefined): number => (file === undefined ? 0 : (lengths.get(file) ?? sizeOf(file)));
  return {
    past: undefined,
    lost: 0,
    isWaitingDamaged: false,
    outputBytes: lengthOf(output),
    errorsStartAt: lengthOf(errors),
    errorsBytes: lengthOf(errors),
    carryOut: () => told(options, () => cutAll(lengths)),
  };
}

function cutAll(lengths: ReadonlyMap<string, number>): void {
  for (const [file, length] of lengths) cut(file, length);
}

function cut(file: string, length: number): void {
  if (sizeOf(file) > length) truncateSync(file, length);
}

function checkHeader(
  { format, version, output: before, batch: sizeBefore }: HeaderEntry,
  joblog: string,
  { output, outputFormat, batch }: KeepOptions,
): void {
  if (format !== formatVersion)
    throw new UsageError(`${joblog} was written by polyloop ${version}, in a format that this one does not know.`);
  if (batch !== sizeBefore) {
    const was = sizeBefore === undefined ? 'without --batch' : `with --batch ${sizeBefore}`;
    throw new UsageError(`${joblog} is of a run ${was}. Do that again, for its entries are of batches of that size.`);
  }
  const now = output === undefined ? undefined : seenFrom(joblog, output);
  if (now !== before?.file) {
    const was = before === undefined ? 'to stdout, without -o' : `with -o ${join(dirname(joblog), before.file)}`;
    throw new UsageError(`${joblog} is of a run that wrote ${was}. Do that again, so that one output has it all.`);
  }
  if (before !== undefined && before.format !== outputFormat)
    throw new UsageError(`${joblog} is of a run that wrote ${before.format}, not ${outputFormat}. Write that again.`);
}

/** What has failed is to be all in one file, or in none. */
function checkErrors(past: Past, joblog: string, { errors }: KeepOptions): void {
  const now = errors === undefined ? undefined : seenFrom(joblog, errors);
  const before = past.errorsFile;
  if (now === before) return;
  if (before !== undefined)
    throw new UsageError(
      `${joblog} is of a run with --errors ${join(dirname(joblog), before)}. Do that again, so that one file has all that failed.`,
    );
  if (past.areFailuresLeft)
    throw new UsageError(
      `${joblog} is of a run without --errors, in which inputs failed; they would not be in ${errors}. Run them again with --resume-failed or --retry-failed.`,
    );
  if (errors !== undefined && sizeOf(errors) > 0)
    throw new UsageError(`${errors} is there already, and is not of the run that is to go on. Name another file.`);
}

/** A run goes on with another: its log and what it writes are brought together. */
function planOn(found: Past, joblog: string, options: KeepOptions): Omit<Plan, 'isWaitingDamaged'> {
  const { output: written, outputFormat } = options;
  const errors = checkedErrors(found, joblog, options);
  const output = written === undefined ? undefined : real(written);
  const anew = `${output}.polyloop-rewritten`;
  const isReplacing = output !== undefined && found.isRewriting && existsSync(anew);
  let past = found;
  if (written !== undefined && output !== undefined) {
    const file = isReplacing ? anew : output;
    const checked = { name: written, file, joblog, account: found.output, isJson: outputFormat === 'jsonl' };
    const size = sizeOf(file);
    // Where it is not there, all of it runs again.
    if (existsSync(file)) checkRecords(checked, found);
    if (size < found.output.bytes) {
      const left = found.output.cutTo(size);
      if (left === undefined) throw gone(written, joblog);
      past = found.upTo(left);
    }
  }
  const kept = output === undefined ? undefined : past.stretchesThatStay;
  const areErrorsToLeave = past.areErrorsToLeave;
  const before = { log: past.logBytes, output: past.output.bytes, errors: past.errors.bytes };
  if (kept !== undefined || areErrorsToLeave) past.dropFailures();
  const { bytes } = past.output;
  const { startsAt } = past.errors;
  return {
    past,
    lost: found.ended - past.ended,
    outputBytes: bytes,
    errorsStartAt: startsAt,
    errorsBytes: past.errors.bytes,
    carryOut: () =>
      told(options, () => {
        if (output !== undefined) {
          if (isReplacing) putInPlace(anew, output);
          rmSync(anew, { force: true });
          cut(output, before.output);
        }
        cut(joblog, before.log);
        if (errors !== undefined) cut(errors, before.errors);
        if (kept === undefined && !areErrorsToLeave) return;
        // Whenever the program is killed here, the log tells whether it was done.
        if (kept !== undefined && output !== undefined) copyStretches(output, anew, kept);
        appendLine(joblog, JSON.stringify({ type: 'rewritten', bytes } satisfies RewrittenEntry));
        if (kept !== undefined && output !== undefined) putInPlace(anew, output);
        if (errors !== undefined) cut(errors, startsAt);
      }),
  };
}

/** The file of `--errors`, where it is as the log has it; what runs again may be gone from it. */
function checkedErrors(past: Past, joblog: string, { errors: written, again }: KeepOptions): string | undefined {
  if (written === undefined) return undefined;
  const file = real(written);
  const { errors: account } = past;
  // What failed has left it, or was about to.
  if (past.isRewriting) return file;
  if (existsSync(file)) checkRecords({ name: written, file, joblog, account, isJson: false }, past);
  if (again === 'resume' && sizeOf(file) < account.bytes)
    throw new UsageError(
      `${written} is not as ${joblog} has it: inputs that have failed are gone from it. Nothing was touched. Put it back as it was, or run them again with --resume-failed.`,
    );
  return file;
}

/** Where it is a link, what that leads to is written anew. */
function real(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

function gone(output: string, joblog: string): UsageError {
  return new UsageError(
    `${output} is not as ${joblog} has it; something else has changed it: records that it had are gone. Nothing was touched. ` +
      'Put it back as it was, or start anew with --overwrite.',
  );
}

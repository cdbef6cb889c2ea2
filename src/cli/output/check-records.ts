// Whether an output is what its job log tells of, looked at before anything is touched: at each offset stands the record that
// the log means, and behind them nothing but what was being written when the program was killed.
import { sumOf } from '../joblog/entries.ts';
import type { Account, KeptRecord } from '../joblog/account.ts';
import type { Past } from '../joblog/past.ts';
import { UsageError } from '../usage-error.ts';
import { sizeOf } from './files.ts';
import { Reader } from './reader.ts';

const chunkBytes = 1 << 20;
/** What a killed program was writing is a batch of records; more is somebody else's. */
const mostTailBytes = 1 << 28;
const newline = 10;

export interface Checked {
  /** As it is called for the user. */
  readonly name: string;
  /** Where it is now: beside it, where it was about to be replaced. */
  readonly file: string;
  readonly joblog: string;
  /** What the log has of it. */
  readonly account: Account;
  /** Its records are lines of JSON with their `seq` first. */
  readonly isJson: boolean;
}

/** Throws a {@link UsageError} that names the first line which is not as the log has it. */
export function checkRecords(output: Checked, past: Past): void {
  const { file, account } = output;
  const size = sizeOf(file);
  const reader = new Reader(file);
  try {
    if (size < account.startsAt) throw changed(output, size, 'what stood before its first record is gone');
    let at = account.startsAt;
    reader.skipTo(at);
    for (const record of account.records) {
      if (at + record.bytes > size) break;
      if (!isRecord(reader.take(record.bytes), record, output.isJson))
        throw changed(output, at, `where the record of input ${record.seq} should be`);
      at += record.bytes;
    }
    const end = account.bytes;
    if (size <= end) return;
    // Of a run that has come to its end nothing is half written.
    if (past.isClosed || size - end > mostTailBytes || !isOwnTail(reader, end, size, past, output))
      throw changed(output, end, 'which is more than was written there');
  } finally {
    reader.close();
  }
}

function isRecord(bytes: Buffer, { seq, sum }: KeptRecord, isJson: boolean): boolean {
  if (bytes.length === 0) return true;
  if (sum !== undefined) return sumOf(bytes) === sum;
  return bytes.at(-1) === newline && (!isJson || bytes.toString('latin1', 0, 40).startsWith(`{"seq":${seq},`));
}

/** What follows the records that the log has is what its run was about to write. */
function isOwnTail(reader: Reader, from: number, to: number, past: Past, { account, isJson }: Checked): boolean {
  reader.skipTo(from);
  const tail = Buffer.from(reader.take(to - from));
  const { announced } = account;
  const announcedTo = announced !== undefined && announced.from <= from ? announced.from + announced.bytes : from;
  if (announced !== undefined && to <= announcedTo) return isAnnounced(reader, to, announced, tail, past, isJson);
  if (past.header?.announces !== true) return isJson ? isJsonTail(tail, past) : !tail.includes(newline);
  // Behind all that was announced nothing can be its own but a line of JSON that was cut off.
  const rest = tail.subarray(announcedTo - from);
  if (!isJson || rest.includes(newline) || !isJsonTail(rest, past)) return false;
  return (
    announced === undefined || announcedTo === from || sumFrom(reader, announced.from, announcedTo) === announced.sum
  );
}

function isAnnounced(
  reader: Reader,
  to: number,
  { from, bytes, sum }: NonNullable<Account['announced']>,
  tail: Buffer,
  past: Past,
  isJson: boolean,
): boolean {
  if (to === from + bytes) return sumFrom(reader, from, to) === sum;
  return !isJson || isJsonTail(tail, past);
}

function sumFrom(reader: Reader, from: number, to: number): string {
  reader.skipTo(from);
  return sumOf(reader.take(to - from));
}

/** Lines of inputs that have not ended, the last of which may be cut off. */
function isJsonTail(tail: Buffer, past: Past): boolean {
  const begin = '{"seq":';
  for (const line of tail.toString('latin1').split('\n')) {
    if (line.length < begin.length) {
      if (!begin.startsWith(line)) return false;
      continue;
    }
    const seq = /^\{"seq":(\d*)/.exec(line)?.[1];
    if (seq === undefined || (line[begin.length + seq.length] !== undefined && past.hasEnded(Number(seq))))
      return false;
  }
  return true;
}

function changed({ name, file, joblog }: Checked, at: number, what: string): UsageError {
  return new UsageError(
    `${name} is not as ${joblog} has it; something else has changed it: see line ${lineAt(file, at)}, ${what}. ` +
      'Nothing was touched. Put it back as it was, or start anew with --overwrite.',
  );
}

/** The number of the line in which a place of a file is. */
function lineAt(file: string, place: number): number {
  const reader = new Reader(file);
  try {
    let lines = 1;
    for (let left = place; left > 0; left -= chunkBytes) {
      const bytes = reader.take(Math.min(left, chunkBytes));
      for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
    }
    return lines;
  } finally {
    reader.close();
  }
}

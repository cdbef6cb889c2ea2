// The file of results that wait for their turn, as it is written. A header says of which run it is; each result is a frame:
//
//   <crc of the rest of the line> <crc of the body> <head: JSON>\n
//   <body: its records, then its input where that has failed>\n
import { constants } from 'node:fs';
import { crc32 } from 'node:zlib';

import type { EndEntry, HeaderEntry } from '../joblog/entries.ts';
import type { CsvHeader } from '../output/csv-header.ts';
import { sizeOf } from '../output/files.ts';
import { Reader } from '../output/reader.ts';
import type { OutputFormat } from '../output/records.ts';
import type { Written } from '../written.ts';

export type Waited = Pick<Written, 'records' | 'entry' | 'failed'>;

/** The first line of the file. */
export interface WaitingHeader {
  readonly polyloop: 'waiting';
  readonly format: 1;
  /** Of the run, as its job log has it: when it began, and its process. */
  readonly at: number;
  readonly pid: number;
  readonly records: OutputFormat;
}

interface FrameHead {
  /** Absent where there is neither a log nor a report. */
  readonly entry?: EndEntry;
  /** When the run began or went on that has called the function: times of the entry are counted from there. */
  readonly ranIn: number;
  /** How long they are, in bytes. */
  readonly records: number;
  readonly failed: number;
  /** Of rows of CSV: what they are cells of. */
  readonly rows?: CsvHeader;
}

/** A part of the file; it moves when that is written anew. */
export interface Stretch {
  from: number;
  readonly bytes: number;
}

/** What is known of a frame without its body. */
export interface Frame extends Stretch {
  readonly seq: number;
  readonly hash: string;
  readonly ok: boolean;
  readonly input: string;
  readonly rows: CsvHeader | undefined;
}

export interface Found {
  readonly header: WaitingHeader;
  readonly frames: readonly Frame[];
  /** Some of it is not as it was written; what was cut off at its end does not count. */
  readonly isDamaged: boolean;
}

const begin = '{"polyloop":"waiting"';
const newline = 10;
const crcLength = 8;
/** Two checksums, a space behind each, and two newlines. */
const besideJson = 2 * (crcLength + 1) + 2;
/** A head has the beginnings of an input and of a stack, and names of columns. */
const mostHead = 1 << 20;
const usualHead = 1 << 12;

export function headerOfFile({ at, pid }: HeaderEntry, records: OutputFormat): WaitingHeader {
  return { polyloop: 'waiting', format: 1, at, pid, records };
}

interface Measured {
  readonly json: string;
  readonly jsonBytes: number;
  readonly bodyBytes: number;
}

/** Writes frames one behind the other into the buffer that `roomFor` gives for so many bytes; tells how long each is. */
export function encodeFrames(
  all: readonly Waited[],
  { ranIn, rows }: { readonly ranIn: number; readonly rows: CsvHeader | undefined },
  roomFor: (bytes: number) => Buffer,
): { readonly bytes: Buffer; readonly lengths: readonly number[] } {
  const measured = all.map((one) => measuredOf(one, ranIn, rows));
  const lengths = measured.map(({ jsonBytes, bodyBytes }) => besideJson + jsonBytes + bodyBytes);
  const bytes = roomFor(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [which, { json, jsonBytes, bodyBytes }] of measured.entries()) {
    const { records, failed } = all[which] as Waited;
    const bodyAt = at + besideJson - 1 + jsonBytes;
    const failedAt = bodyAt + bytes.write(records, bodyAt);
    const end = failedAt + bytes.write(failed, failedAt);
    const line = `${crcOf(bytes.subarray(bodyAt, bodyAt + bodyBytes))} ${json}`;
    bytes.write(`${crcOf(line)} ${line}\n`, at);
    bytes[end] = newline;
    at = end + 1;
  }
  return { bytes, lengths };
}

function measuredOf({ records, entry, failed }: Waited, ranIn: number, rows: CsvHeader | undefined): Measured {
  const head: FrameHead = {
    ...(entry !== undefined && { entry }),
    ranIn,
    records: Buffer.byteLength(records),
    failed: Buffer.byteLength(failed),
    ...(rows !== undefined && records !== '' && { rows }),
  };
  const json = JSON.stringify(head);
  return { json, jsonBytes: Buffer.byteLength(json), bodyBytes: head.records + head.failed };
}

/** Throws where the bytes are not what was written. `ranIn`: of the run that reads it. */
export function decodeFrame(bytes: Buffer, ranIn: number): Waited {
  const headBytes = bytes.indexOf(newline) + 1;
  const read = headOf(bytes.toString('utf8', 0, headBytes - 1));
  const body = bytes.subarray(headBytes, -1);
  if (read === undefined || crcOf(body) !== read.crcOfBody) throw new Error('it was changed by something else');
  const { head } = read;
  const { entry } = head;
  return {
    records: body.toString('utf8', 0, head.records),
    failed: body.toString('utf8', head.records),
    entry: entry === undefined || head.ranIn === ranIn ? entry : { ...entry, ranIn: head.ranIn },
  };
}

/** Undefined where the file is none of these. One that was being begun when the program was killed has no frames. */
export function readFrames(file: string): Found | undefined {
  const size = sizeOf(file);
  const reader = new Reader(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const first = reader.take(usualHead);
    const end = first.indexOf(newline);
    const line = first.toString('utf8', 0, end < 0 ? undefined : end);
    const isOne = line.startsWith(begin) || (end < 0 && begin.startsWith(line));
    const header = isOne && end >= 0 ? parsed<WaitingHeader>(line) : undefined;
    if (!isOne) return undefined;
    if (header === undefined)
      return {
        header: { polyloop: 'waiting', format: 1, at: 0, pid: 0, records: 'jsonl' },
        frames: [],
        isDamaged: false,
      };
    return { header, ...framesIn(reader, end + 1, size) };
  } finally {
    reader.close();
  }
}

function framesIn(reader: Reader, firstAt: number, size: number): Pick<Found, 'frames' | 'isDamaged'> {
  const frames: Frame[] = [];
  let isDamaged = false;
  for (let from = firstAt; from < size;) {
    const line = lineAt(reader, from);
    const read = line === undefined ? undefined : headOf(line.toString());
    if (line === undefined || read === undefined) {
      // Without its length nobody knows where the next one begins. At the end of the file it was cut off.
      isDamaged ||= line !== undefined || size - from > mostHead;
      break;
    }
    const { head, crcOfBody } = read;
    const bytes = line.length + 1 + head.records + head.failed + 1;
    if (from + bytes > size) break;
    reader.skipTo(from + line.length + 1);
    if (crcOf(reader.take(head.records + head.failed)) !== crcOfBody) isDamaged = true;
    else if (head.entry !== undefined) frames.push(frameOf(head, head.entry, from, bytes));
    from += bytes;
  }
  return { frames, isDamaged };
}

function frameOf({ rows }: FrameHead, { seq, hash, ok, input }: EndEntry, from: number, bytes: number): Frame {
  return { from, bytes, seq, hash, ok, input, rows };
}

/** Without its newline; undefined where none comes. */
function lineAt(reader: Reader, from: number): Buffer | undefined {
  for (const length of [usualHead, mostHead]) {
    reader.skipTo(from);
    const bytes = reader.take(length);
    const end = bytes.indexOf(newline);
    if (end >= 0) return bytes.subarray(0, end);
  }
  return undefined;
}

function headOf(line: string): { readonly head: FrameHead; readonly crcOfBody: string } | undefined {
  const rest = line.slice(crcLength + 1);
  if (line.slice(0, crcLength) !== crcOf(rest)) return undefined;
  const head = parsed<FrameHead>(rest.slice(crcLength + 1));
  return head === undefined ? undefined : { head, crcOfBody: rest.slice(0, crcLength) };
}

function parsed<T>(json: string): T | undefined {
  try {
    return JSON.parse(json) as T;
  } catch {
    return undefined;
  }
}

function crcOf(data: string | Uint8Array): string {
  return crc32(data).toString(16).padStart(crcLength, '0');
}

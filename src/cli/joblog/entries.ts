// The lines of a job log: what each says. One JSON object per line, only ever added at the end.
import { crc32 } from 'node:zlib';

/** The version of this format. */
export const formatVersion = 1;

/** A run begins, or goes on: what it is asked to do. */
export interface HeaderEntry {
  readonly type: 'run' | 'resume';
  readonly format: typeof formatVersion;
  /** Of polyloop. */
  readonly version: string;
  /** When, in milliseconds since 1970. Times of the entries that follow are counted from here, on a clock that nobody sets. */
  readonly at: number;
  readonly pid: number;
  /** Whatever is added to the output is announced by a {@link WritingEntry}; absent in logs of an earlier polyloop. */
  readonly announces?: true;
  /** As it was written: `./title.ts#fetchTitle`. */
  readonly function: string;
  /** A hash of the module's text, and of the second argument of its calls. */
  readonly module: string;
  readonly args?: string;
  /** Fields of inputs that are in records. */
  readonly keep?: readonly string[];
  /** So many inputs are one; absent where each is. */
  readonly batch?: number;
  readonly inputs: readonly InputIdentity[];
  /** Where results go, as seen from the folder of the log; absent where that is stdout. */
  readonly output?: { readonly file: string; readonly format: string; readonly startsAt: number };
  /** Where inputs go that have failed; absent where that is nowhere. */
  readonly errors?: { readonly file: string; readonly startsAt: number };
  /** As they were given. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly on: string;
}

/** Which file it was; `-` is stdin. */
export interface InputIdentity {
  readonly file: string;
  readonly bytes?: number;
  readonly modifiedAt?: number;
}

/** How long something is, and a checksum of it. */
export interface Measured {
  readonly bytes: number;
  readonly sum: string;
}

/** A task has ended, and its result was handed over. */
export interface EndEntry {
  readonly seq: number;
  /** Of the text of the input. */
  readonly hash: string;
  readonly ok: boolean;
  /** How long the last attempt took; absent where that is not known, for its worker has died. */
  readonly ms?: number;
  readonly attempts: number;
  /** Of the last attempt: its worker, when it began, and how long it had waited until then. Where there is no `ms`: when the failure was known, and no `wait`. */
  readonly worker: number;
  readonly at: number;
  readonly wait?: number;
  /** `at` of the run that called the function, from which times are counted; absent where it is the one that the entry is of. */
  readonly ranIn?: number;
  /** How long its records are in the output, and a checksum of them; absent where that is stdout. */
  readonly bytes?: number;
  readonly sum?: string;
  /** How long it is in the file of `--errors`, and a checksum; absent where it is not there. */
  readonly failed?: Measured;
  /** The input; the beginning and the end of one that is long. */
  readonly input: string;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
}

/** Failures that are about to run again have left the output, which was written anew, and the file of `--errors`. */
export interface RewrittenEntry {
  readonly type: 'rewritten';
  readonly bytes: number;
}

/** So many bytes are about to be added to the output: those of the entries that follow. If the program is killed, what is there of them is its own. */
export interface WritingEntry extends Measured {
  readonly type: 'writing';
  /** The same of the file of `--errors`. */
  readonly failed?: Measured;
}

/** How the workers are. */
export interface SampleEntry {
  readonly type: 'sample';
  readonly at: number;
  readonly queued: number;
  /** Of each worker: its id, tasks in flight, share of the time at work, lag, memory. */
  readonly workers: readonly (readonly [id: number, inFlight: number, busy: number, lagMs: number, rssBytes: number])[];
}

/** The run is over. */
export interface LastEntry {
  readonly type: 'end';
  readonly at: number;
  readonly ending: 'done' | 'halted' | 'interrupted' | 'failed';
}

export type Entry = HeaderEntry | EndEntry | RewrittenEntry | WritingEntry | SampleEntry | LastEntry;

export function isEnd(entry: Entry): entry is EndEntry {
  return 'seq' in entry;
}

export function isHeader(entry: Entry): entry is HeaderEntry {
  return 'type' in entry && (entry.type === 'run' || entry.type === 'resume');
}

export function measured(text: string): Measured {
  return { bytes: Buffer.byteLength(text), sum: sumOf(text) };
}

/** Of records, as they are written. */
export function sumOf(records: string | Uint8Array): string {
  return crc32(records).toString(16).padStart(8, '0');
}

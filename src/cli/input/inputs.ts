// The inputs of a run: of all files, in order, one per line, per JSON value or per row. Read as far as somebody asks, and
// chunk by chunk: an input costs no more than its share of that.
import { parseJson, NumberChangesError, type BigNumbers } from '../json.ts';
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import { readBytes } from './bytes.ts';
import type { Row } from './csv-row.ts';
import { CsvSplitter, type CsvOptions } from './csv-splitter.ts';
import { saidOfOther } from './encoding.ts';
import { JsonSplitter, type Value } from './json-splitter.ts';
import { LineSplitter, OtherBytes, tooLong, type Line } from './line-splitter.ts';
import { Position } from './position.ts';

export type InputFormat = 'lines' | 'jsonl' | 'json' | 'null' | 'csv';

/** One input; or, with a `problem`, what stands where one should be. */
export interface Input {
  /** The file's name, or `stdin`. */
  readonly file: string;
  /** Counted from 1. Of what is divided by NUL bytes: which of them it is. */
  readonly line: number;
  /** As it was written. */
  readonly text: string;
  /** What tells it from others, where that is more than its text: of a row, the names of its columns as well. */
  readonly identity?: string;
  readonly value: unknown;
  readonly problem: string | undefined;
  /** What stands before the rows of its table, where it is a row. */
  readonly header?: string;
  /** False where its text is not what stands there: it was too long, or bytes that are no text. */
  readonly isExact?: false;
  /** Those that it is made of, where it is a batch. */
  readonly parts?: readonly Input[];
  /** Why nothing behind it can be read, where the problem is such. */
  readonly behind?: string | undefined;
}

/** Inputs, one after the other. */
export interface InputSource extends AsyncIterableIterator<Input, void> {
  /** The next input, where it has been read already. */
  take(): Input | undefined;
  /** Which part of all files has been taken, from 0 to 1; undefined where that cannot be known. */
  readonly share: number | undefined;
  return(): Promise<IteratorResult<Input, void>>;
}

export interface InputOptions {
  /** Where undefined, a file's name decides. */
  readonly format: InputFormat | undefined;
  /** Of what has no name that says it. `lines` where undefined. */
  readonly unnamedFormat?: InputFormat | undefined;
  /** `-` is stdin. */
  readonly files: readonly string[];
  readonly maxLineBytes: number;
  /** Of what has no mark of its own. UTF-8 where undefined. */
  readonly encoding?: string | undefined;
  readonly csv?: CsvOptions | undefined;
  /** `refuse` where undefined. */
  readonly bigNumbers?: BigNumbers | undefined;
  /** Lets go of the input, also where it would have to be waited for. */
  readonly signal: AbortSignal;
}

/** Longer than any line that is meant to be one; a text cannot be much longer either. */
export const defaultMaxLineBytes = 256e6;

const byName: readonly [RegExp, InputFormat][] = [
  [/\.(jsonl|ndjson)(\.gz|\.zst|\.xz)?$/i, 'jsonl'],
  [/\.json(\.gz|\.zst|\.xz)?$/i, 'json'],
  [/\.(csv|tsv|tab)(\.gz|\.zst|\.xz)?$/i, 'csv'],
];
const dividedByTabs = /\.(tsv|tab)(\.gz|\.zst|\.xz)?$/i;

export function formatOf(file: string, unnamed: InputFormat = 'lines'): InputFormat {
  return byName.find(([pattern]) => pattern.test(file))?.[1] ?? unnamed;
}

/** Inputs that have been read. Each is made when it is taken: of a chunk there may be ten thousand. */
interface Ready {
  take(): Input | undefined;
  /** Which part of them has been taken. */
  readonly share: number;
}

/** Every input of all files. `next()` rejects with a {@link UsageError} where a file cannot be read. */
export class Inputs implements InputSource {
  readonly #chunks: AsyncGenerator<Ready, void>;
  readonly #position: Position;
  #ready: Ready | undefined;

  constructor(options: InputOptions) {
    this.#position = new Position(options.files);
    this.#chunks = readAll(options, this.#position);
  }

  get share(): number | undefined {
    return this.#position.share(this.#ready?.share ?? 0);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Input, void>> {
    const value = this.take();
    return value === undefined ? this.#readOn() : Promise.resolve({ done: false, value });
  }

  /** The next input, where it has been read already. */
  take(): Input | undefined {
    return this.#ready?.take();
  }

  async return(): Promise<IteratorResult<Input, void>> {
    this.#ready = undefined;
    await this.#chunks.return();
    return { done: true, value: undefined };
  }

  async #readOn(): Promise<IteratorResult<Input, void>> {
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) return { done: true, value: undefined };
      this.#ready = next.value;
      this.#position.advance();
      const value = this.take();
      if (value !== undefined) return { done: false, value };
    }
  }
}

async function* readAll(options: InputOptions, position: Position): AsyncGenerator<Ready, void> {
  const { format, unnamedFormat, files, encoding, signal } = options;
  for (const file of files.length === 0 ? ['-'] : files) {
    const name = file === '-' ? 'stdin' : file;
    const as = format ?? formatOf(file, unnamedFormat);
    const cut = cutterFor(as, name, options);
    try {
      const text = { encoding, hasNulls: as === 'null', onRead: position.count, onUnpack: position.unpack };
      for await (const chunk of readBytes(file, signal, text)) yield cut.push(chunk);
      yield cut.end();
    } catch (error) {
      throw new UsageError(`Cannot read ${name}: ${messageOf(error)}.`);
    }
  }
}

/** Makes inputs of chunks. What it returns is valid until the next chunk. */
interface Cutter {
  push(chunk: Buffer): Ready;
  end(): Ready;
}

function cutterFor(format: InputFormat, file: string, options: InputOptions): Cutter {
  const { maxLineBytes, bigNumbers = 'refuse', csv } = options;
  if (format === 'csv') {
    const delimiter = csv?.delimiter ?? (dividedByTabs.test(file) ? '\t' : undefined);
    const splitter = new CsvSplitter(maxLineBytes, { ...csv, delimiter });
    return new PartCutter(splitter, (row) => inputOfRow(file, row, splitter.header));
  }
  if (format === 'json') {
    return new PartCutter(new JsonSplitter(maxLineBytes), (value) => inputOfValue(file, value, bigNumbers));
  }
  return new LineCutter(format, file, { maxLineBytes, bigNumbers });
}

class LineCutter implements Cutter, Ready {
  readonly #splitter: LineSplitter;
  readonly #isJson: boolean;
  readonly #file: string;
  readonly #maxLineBytes: number;
  readonly #bigNumbers: BigNumbers;
  #lines: readonly Line[] = [];
  #at = 0;
  #count = 0;

  constructor(
    format: 'lines' | 'jsonl' | 'null',
    file: string,
    { maxLineBytes, bigNumbers }: { readonly maxLineBytes: number; readonly bigNumbers: BigNumbers },
  ) {
    this.#splitter = new LineSplitter(format === 'null' ? 'null' : 'newline', maxLineBytes);
    this.#isJson = format === 'jsonl';
    this.#file = file;
    this.#maxLineBytes = maxLineBytes;
    this.#bigNumbers = bigNumbers;
  }

  push(chunk: Buffer): Ready {
    return this.#readyWith(this.#splitter.push(chunk));
  }

  end(): Ready {
    const last = this.#splitter.end();
    return this.#readyWith(last === undefined ? [] : [last]);
  }

  take(): Input | undefined {
    for (;;) {
      const line = this.#lines[this.#at++];
      if (line === undefined) return undefined;
      this.#count++;
      if (line === tooLong)
        return { ...this.#bad('', `is longer than --max-line-bytes ${this.#maxLineBytes}`), ...inexact };
      if (line instanceof OtherBytes) return { ...this.#bad(line.text, saidOfOther(line.bytes)), ...inexact };
      if (!this.#isJson) return this.#good(line, line);
      if (line.trim() !== '') return this.#parsed(line);
    }
  }

  get share(): number {
    return partOf(this.#at, this.#lines.length);
  }

  #readyWith(lines: readonly Line[]): Ready {
    this.#lines = lines;
    this.#at = 0;
    return this;
  }

  #parsed(line: string): Input {
    try {
      return this.#good(line, parseJson(line, this.#bigNumbers));
    } catch (error) {
      return this.#bad(line, saidOfJson(error));
    }
  }

  #good(text: string, value: unknown): Input {
    return { file: this.#file, line: this.#count, text, value, problem: undefined };
  }

  #bad(text: string, problem: string): Input {
    return { file: this.#file, line: this.#count, text, value: undefined, problem };
  }
}

const inexact = { isExact: false } as const;

function saidOfJson(error: unknown): string {
  return error instanceof NumberChangesError ? error.message : `is not JSON (${messageOf(error)})`;
}

/** Parts of what is read: rows, or values. */
interface Splitter<Part> {
  push(chunk: Buffer): Part[];
  end(): Part[];
}

class PartCutter<Part> implements Cutter, Ready {
  readonly #splitter: Splitter<Part>;
  readonly #inputOf: (part: Part) => Input;
  #parts: readonly Part[] = [];
  #at = 0;

  constructor(splitter: Splitter<Part>, inputOf: (part: Part) => Input) {
    this.#splitter = splitter;
    this.#inputOf = inputOf;
  }

  push(chunk: Buffer): Ready {
    return this.#readyWith(this.#splitter.push(chunk));
  }

  end(): Ready {
    return this.#readyWith(this.#splitter.end());
  }

  take(): Input | undefined {
    const part = this.#parts[this.#at++];
    return part === undefined ? undefined : this.#inputOf(part);
  }

  get share(): number {
    return partOf(this.#at, this.#parts.length);
  }

  #readyWith(parts: readonly Part[]): Ready {
    this.#parts = parts;
    this.#at = 0;
    return this;
  }
}

function partOf(at: number, all: number): number {
  return all === 0 ? 1 : Math.min(1, at / all);
}

function inputOfRow(file: string, row: Row, header: string): Input {
  const { line, text } = row;
  return row.ok
    ? { file, line, text, identity: row.identity, header, value: row.value, problem: undefined }
    : {
        file,
        line,
        text,
        header,
        value: undefined,
        problem: row.why,
        behind: row.behind,
        ...(row.isExact === false && inexact),
      };
}

function inputOfValue(file: string, value: Value, bigNumbers: BigNumbers): Input {
  const { line, text } = value;
  if (!value.ok) return { file, line, text, value: undefined, problem: value.why, behind: value.behind };
  try {
    return { file, line, text, value: parseJson(text, bigNumbers), problem: undefined };
  } catch (error) {
    const behind = error instanceof NumberChangesError ? undefined : 'What is behind it cannot be read';
    return { file, line, text, value: undefined, problem: saidOfJson(error), behind };
  }
}

// The inputs of a run: of all files, in order, one per line, per JSON value or per row. Read as far as somebody asks, and
// chunk by chunk: an input costs no more than its share of that.
import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import { readBytes } from './bytes.ts';
import { CsvSplitter, type Row } from './csv-splitter.ts';
import { LineSplitter, tooLong, type Line } from './line-splitter.ts';

export type InputFormat = 'lines' | 'jsonl' | 'null' | 'csv';

/** One input; or, with a `problem`, what stands where one should be. */
export interface Input {
  /** The file's name, or `stdin`. */
  readonly file: string;
  /** Counted from 1. Of what is divided by NUL bytes: which of them it is. */
  readonly line: number;
  /** As it was written. */
  readonly text: string;
  readonly value: unknown;
  readonly problem: string | undefined;
  /** The names of the columns, where it is a row. */
  readonly header?: readonly string[] | undefined;
  /** The problem is such that nothing behind it can be read. */
  readonly isBehindLost?: boolean;
}

export interface InputOptions {
  /** Where undefined, a file's name decides. */
  readonly format: InputFormat | undefined;
  /** `-` is stdin. */
  readonly files: readonly string[];
  readonly maxLineBytes: number;
  /** Lets go of the input, also where it would have to be waited for. */
  readonly signal: AbortSignal;
}

/** Longer than any line that is meant to be one; a text cannot be much longer either. */
export const defaultMaxLineBytes = 256e6;

const byName: readonly [RegExp, InputFormat][] = [
  [/\.(jsonl|ndjson)(\.gz|\.zst)?$/i, 'jsonl'],
  [/\.csv(\.gz|\.zst)?$/i, 'csv'],
];

export function formatOf(file: string): InputFormat {
  return byName.find(([pattern]) => pattern.test(file))?.[1] ?? 'lines';
}

/** Inputs that have been read. Each is made when it is taken: of a chunk there may be ten thousand. */
interface Ready {
  take(): Input | undefined;
}

/** Every input of all files. `next()` rejects with a {@link UsageError} where a file cannot be read. */
export class Inputs implements AsyncIterableIterator<Input, void> {
  readonly #chunks: AsyncGenerator<Ready, void>;
  #ready: Ready | undefined;

  constructor(options: InputOptions) {
    this.#chunks = readAll(options);
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
      const value = this.take();
      if (value !== undefined) return { done: false, value };
    }
  }
}

async function* readAll({ format, files, maxLineBytes, signal }: InputOptions): AsyncGenerator<Ready, void> {
  for (const file of files.length === 0 ? ['-'] : files) {
    const name = file === '-' ? 'stdin' : file;
    const cut = cutterFor(format ?? formatOf(file), name, maxLineBytes);
    try {
      for await (const chunk of readBytes(file, signal)) yield await cut.push(chunk);
      yield await cut.end();
    } catch (error) {
      throw new UsageError(`Cannot read ${name}: ${messageOf(error)}.`);
    }
  }
}

interface Cutter {
  push(chunk: Buffer): Ready | Promise<Ready>;
  end(): Ready | Promise<Ready>;
}

function cutterFor(format: InputFormat, file: string, maxLineBytes: number): Cutter {
  return format === 'csv' ? new CsvCutter(file, maxLineBytes) : new LineCutter(format, file, maxLineBytes);
}

class LineCutter implements Cutter, Ready {
  readonly #splitter: LineSplitter;
  readonly #isJson: boolean;
  readonly #file: string;
  readonly #maxLineBytes: number;
  #lines: readonly Line[] = [];
  #at = 0;
  #count = 0;

  constructor(format: 'lines' | 'jsonl' | 'null', file: string, maxLineBytes: number) {
    this.#splitter = new LineSplitter(format === 'null' ? 'null' : 'newline', maxLineBytes);
    this.#isJson = format === 'jsonl';
    this.#file = file;
    this.#maxLineBytes = maxLineBytes;
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
      if (line === tooLong) return this.#bad('', `is longer than --max-line-bytes ${this.#maxLineBytes}`);
      if (!this.#isJson) return this.#good(line, line);
      if (line.trim() !== '') return this.#parsed(line);
    }
  }

  #readyWith(lines: readonly Line[]): Ready {
    this.#lines = lines;
    this.#at = 0;
    return this;
  }

  #parsed(line: string): Input {
    try {
      return this.#good(line, JSON.parse(line));
    } catch (error) {
      return this.#bad(line, `is not JSON (${messageOf(error)})`);
    }
  }

  #good(text: string, value: unknown): Input {
    return { file: this.#file, line: this.#count, text, value, problem: undefined };
  }

  #bad(text: string, problem: string): Input {
    return { file: this.#file, line: this.#count, text, value: undefined, problem };
  }
}

class CsvCutter implements Cutter, Ready {
  readonly #splitter: CsvSplitter;
  readonly #file: string;
  #rows: readonly Row[] = [];
  #at = 0;

  constructor(file: string, maxLineBytes: number) {
    this.#splitter = new CsvSplitter(maxLineBytes);
    this.#file = file;
  }

  async push(chunk: Buffer): Promise<Ready> {
    return this.#readyWith(this.#splitter.isBroken ? [] : await this.#splitter.push(chunk));
  }

  async end(): Promise<Ready> {
    return this.#readyWith(this.#splitter.isBroken ? [] : await this.#splitter.end());
  }

  take(): Input | undefined {
    const row = this.#rows[this.#at++];
    if (row === undefined) return undefined;
    const { line, text } = row;
    const { header } = this.#splitter;
    return row.ok
      ? { file: this.#file, line, text, header, value: row.value, problem: undefined }
      : {
          file: this.#file,
          line,
          text,
          header,
          value: undefined,
          problem: `is no row like the first (${row.why})`,
          isBehindLost: row.isBehindLost,
        };
  }

  #readyWith(rows: readonly Row[]): Ready {
    this.#rows = rows;
    this.#at = 0;
    return this;
  }
}

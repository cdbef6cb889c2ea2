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

/** Every input of all files. `next()` rejects with a {@link UsageError} where a file cannot be read. */
export class Inputs implements AsyncIterableIterator<Input, void> {
  readonly #chunks: AsyncGenerator<Input[], void>;
  #ready: readonly Input[] = [];
  #at = 0;

  constructor(options: InputOptions) {
    this.#chunks = readAll(options);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Input, void>> {
    const value = this.#ready[this.#at++];
    return value === undefined ? this.#readOn() : Promise.resolve({ done: false, value });
  }

  async return(): Promise<IteratorResult<Input, void>> {
    this.#ready = [];
    await this.#chunks.return();
    return { done: true, value: undefined };
  }

  async #readOn(): Promise<IteratorResult<Input, void>> {
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done === true) return { done: true, value: undefined };
      const value = next.value[0];
      if (value === undefined) continue;
      this.#ready = next.value;
      this.#at = 1;
      return { done: false, value };
    }
  }
}

async function* readAll({ format, files, maxLineBytes, signal }: InputOptions): AsyncGenerator<Input[], void> {
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
  push(chunk: Buffer): Input[] | Promise<Input[]>;
  end(): Input[] | Promise<Input[]>;
}

function cutterFor(format: InputFormat, file: string, maxLineBytes: number): Cutter {
  return format === 'csv' ? new CsvCutter(file, maxLineBytes) : new LineCutter(format, file, maxLineBytes);
}

class LineCutter implements Cutter {
  readonly #splitter: LineSplitter;
  readonly #isJson: boolean;
  readonly #file: string;
  readonly #maxLineBytes: number;
  #count = 0;

  constructor(format: 'lines' | 'jsonl' | 'null', file: string, maxLineBytes: number) {
    this.#splitter = new LineSplitter(format === 'null' ? 'null' : 'newline', maxLineBytes);
    this.#isJson = format === 'jsonl';
    this.#file = file;
    this.#maxLineBytes = maxLineBytes;
  }

  push(chunk: Buffer): Input[] {
    return this.#inputsOf(this.#splitter.push(chunk));
  }

  end(): Input[] {
    const last = this.#splitter.end();
    return last === undefined ? [] : this.#inputsOf([last]);
  }

  #inputsOf(lines: readonly Line[]): Input[] {
    const inputs: Input[] = [];
    for (const line of lines) {
      this.#count++;
      if (line === tooLong) inputs.push(this.#bad('', `is longer than --max-line-bytes ${this.#maxLineBytes}`));
      else if (!this.#isJson) inputs.push(this.#good(line, line));
      else if (line.trim() !== '') inputs.push(this.#parsed(line));
    }
    return inputs;
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

class CsvCutter implements Cutter {
  readonly #splitter: CsvSplitter;
  readonly #file: string;

  constructor(file: string, maxLineBytes: number) {
    this.#splitter = new CsvSplitter(maxLineBytes);
    this.#file = file;
  }

  async push(chunk: Buffer): Promise<Input[]> {
    return this.#splitter.isBroken ? [] : (await this.#splitter.push(chunk)).map((row) => this.#inputOf(row));
  }

  async end(): Promise<Input[]> {
    return this.#splitter.isBroken ? [] : (await this.#splitter.end()).map((row) => this.#inputOf(row));
  }

  #inputOf(row: Row): Input {
    const { line, text } = row;
    return row.ok
      ? { file: this.#file, line, text, value: row.value, problem: undefined }
      : { file: this.#file, line, text, value: undefined, problem: `is no row like the first (${row.why})` };
  }
}

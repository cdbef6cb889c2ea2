// `--errors`: inputs that have failed, whole and as they were, so that the file can be an input again.
import { UsageError } from '../usage-error.ts';
import type { Input, InputFormat } from './inputs.ts';

export class FailedInputs {
  readonly #format: InputFormat;
  readonly #name: string;
  /** Of a table: what stands before its rows, and in which file that was. */
  #header: string | undefined;
  #headerOf: string;
  #isHeaderDue = true;
  /** Of the file that they are added to. */
  #begin: string | undefined;

  /** Throws a {@link UsageError} where one file cannot hold them all. */
  constructor(name: string, files: readonly string[], formatOf: (file: string) => InputFormat) {
    const [first = '-', ...others] = files;
    this.#format = formatOf(first);
    const other = others.find((file) => formatOf(file) !== this.#format);
    if (other !== undefined) {
      throw new UsageError(
        `--errors takes inputs of one format: ${first} has ${this.#format}, and ${other} ${formatOf(other)}. Say with --input how to read all of them, or run them apart.`,
      );
    }
    this.#name = this.#headerOf = name;
  }

  /** They are added to a file that begins so. */
  addTo(begin: string): void {
    this.#isHeaderDue = false;
    this.#begin = begin;
  }

  /** What stands behind each. */
  get separator(): 'newline' | 'null' {
    return this.#format === 'null' ? 'null' : 'newline';
  }

  /** How it would be written; undefined where its text was not kept. Throws a {@link UsageError} where its table has other columns. */
  textOf(input: Input): string | undefined {
    if (input.parts !== undefined) return input.parts.map((part) => this.textOf(part) ?? '').join('');
    const { text, isExact } = input;
    if (this.#format === 'csv') this.#checkHeader(input);
    if (isExact === false) return undefined;
    if (this.#format === 'null') return `${text}\0`;
    return this.#format === 'jsonl' ? `${text.replaceAll(/[\r\n]+\s*/g, '')}\n` : `${text}\n`;
  }

  /** What stands before the first; empty from the second time on. */
  takeHeader(): string {
    if (!this.#isHeaderDue) return '';
    this.#isHeaderDue = false;
    return this.#header ?? '';
  }

  #checkHeader({ file, header }: Input): void {
    if (header === undefined) return;
    if (this.#header === undefined) {
      this.#header = header;
      this.#headerOf = this.#begin === undefined ? file : this.#name;
    }
    if (this.#header !== header || this.#begin?.startsWith(header) === false) {
      throw new UsageError(
        `${file} has other columns than ${this.#headerOf}, and rows of both would be mixed in ${this.#name}. Run them apart, each with --errors of its own.`,
      );
    }
  }
}

// `--keep`: what of an input goes into its records, so that nobody has to look it up by its seq.
import { jsonText } from '../json.ts';
import { UsageError } from '../usage-error.ts';
import type { Input, InputFormat } from './inputs.ts';

/** What is kept of one input: as JSON, and as cells of CSV. */
export interface Kept {
  readonly json: string;
  readonly cells: readonly string[];
}

/** Stands for all of an input, where it stands alone. */
const whole = 'input';

export class Keeper {
  /** As the columns are called in CSV. */
  readonly names: readonly string[];
  readonly #formatOf: (file: string) => InputFormat;

  /** `formatOf`: how a file is read. Throws a {@link UsageError} where inputs of `files` have no fields. */
  constructor(names: readonly string[], files: readonly string[], formatOf: (file: string) => InputFormat) {
    this.names = names;
    this.#formatOf = formatOf;
    const bare = files.find((file) => !this.#isWhole && ['lines', 'null'].includes(formatOf(file)));
    if (bare !== undefined) {
      const what = bare === '-' ? 'stdin' : bare;
      throw new UsageError(
        `--keep ${names.join(',')} takes inputs that have fields, and those of ${what} are texts. Keep them whole with --keep input, or say how to read them with --input.`,
      );
    }
  }

  get #isWhole(): boolean {
    return this.names.length === 1 && this.names[0] === whole;
  }

  /** Throws a {@link UsageError} where a table has no such column. */
  of(input: Input): Kept {
    return this.#isWhole ? this.#wholeOf(input) : this.#fieldsOf(input);
  }

  #wholeOf({ file, value, text, problem, parts }: Input): Kept {
    if (parts !== undefined) {
      const json = `[${parts.map((part) => this.#wholeOf(part).json).join(',')}]`;
      return { json, cells: [json] };
    }
    if (problem !== undefined) return { json: JSON.stringify(text), cells: [text] };
    if (typeof value === 'string') return { json: JSON.stringify(value), cells: [value] };
    // As it was written: what has more digits than a number can hold stays as it is.
    const isJson = this.#formatOf(file).startsWith('json');
    const json = isJson ? text.trim().replaceAll(/[\r\n]+\s*/g, '') : jsonOf(value);
    return { json, cells: [json] };
  }

  #fieldsOf(input: Input): Kept {
    const { value } = input;
    const fields = typeof value === 'object' && value !== null ? value : {};
    const parts: string[] = [];
    const cells = this.names.map((name) => {
      const part: unknown = Object.hasOwn(fields, name) ? (fields as Record<string, unknown>)[name] : undefined;
      if (part === undefined) {
        this.#checkColumn(name, input);
        return '';
      }
      const json = jsonOf(part);
      parts.push(`${JSON.stringify(name)}:${json}`);
      if (part === null) return '';
      return typeof part === 'string' ? part : json;
    });
    return { json: `{${parts.join(',')}}`, cells };
  }

  #checkColumn(name: string, { file, value, problem }: Input): void {
    if (problem !== undefined || this.#formatOf(file) !== 'csv') return;
    const columns = Object.keys(value as object).join(', ');
    throw new UsageError(`${file} has no column '${name}' for --keep; it has ${columns}.`);
  }
}

function jsonOf(value: unknown): string {
  return jsonText(value) ?? 'null';
}

// Values as rows of CSV. Their columns are those that were asked for, those of what is there already, or the properties of the
// first value that is an object; a value with others does not fit, and its input has failed.
import { stringify } from 'csv-stringify/sync';

import type { Fulfilled } from '../ended.ts';
import { jsonText, parseJson } from '../json.ts';
import { UnwritableError } from '../worker/unwritable.ts';
import type { CsvHeader } from './csv-header.ts';

export interface CsvRowsOptions {
  /** Fields of inputs that stand in each row. */
  readonly kept: readonly string[];
  /** The properties of values, where they were named. */
  readonly columns: readonly string[] | undefined;
  /** Of what is there already, where rows are added to that. */
  readonly header: CsvHeader | undefined;
  /** Of rows that wait for their turn. */
  readonly waiting?: CsvHeader | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** In characters. To find the quotes in more than that takes gigabytes. */
const mostInARow = 32e6;

/** The column of values that are no objects. */
const ofValues = ['value'];

export class CsvRows {
  readonly #kept: readonly string[];
  readonly #areNamed: boolean;
  #columns: readonly string[] | undefined;
  /** Rows say which of the values of their input they are; undefined until that is known. */
  #hasParts: boolean | undefined;
  #isHeaderDue: boolean;

  constructor({ kept, columns, header, waiting }: CsvRowsOptions) {
    this.#kept = kept;
    this.#areNamed = columns !== undefined;
    this.#columns = columns ?? (header ?? waiting)?.columns;
    this.#hasParts = (header ?? waiting)?.hasParts;
    this.#isHeaderDue = header === undefined;
  }

  /** The columns are known. */
  get areKnown(): boolean {
    return this.#columns !== undefined;
  }

  /** As rows are; undefined until there is one. */
  get shape(): CsvHeader | undefined {
    if (this.#columns === undefined || this.#hasParts === undefined) return undefined;
    return { columns: this.#columns, hasParts: this.#hasParts };
  }

  /** Takes the columns of a value, where it has any: of each that comes, in the order of the inputs, until they are known. */
  look({ applied }: Fulfilled): void {
    for (const json of applied.values) {
      const value = json.startsWith('{') ? parsed(json) : undefined;
      const names = isRow(value) ? Object.keys(value) : [];
      if (names.length === 0) continue;
      this.#columns = names;
      this.#hasParts = applied.how === 'yielded';
      return;
    }
  }

  /** No value has told them. */
  lookNoMore(): void {
    this.#columns ??= ofValues;
  }

  /** The rows of an input. Throws an {@link UnwritableError} where its values do not fit the columns. */
  rowsOf({ pulled, applied }: Fulfilled): string {
    const { values } = applied;
    if (values.length === 0) return '';
    const isYielded = applied.how === 'yielded';
    const hasParts = this.#hasParts ?? isYielded;
    if (isYielded && !hasParts) {
      throw new UnwritableError(
        'what it yields',
        'has no place in these rows, which are of functions that return one value. Return an array, or write JSON, without --csv.',
      );
    }
    const before = pulled.kept?.cells ?? [];
    for (const cell of before) checkCell('input', cell);
    const rows = values.map((json, at) => {
      checkSize('value', json);
      const place: unknown[] = hasParts ? [pulled.seq, at + 1] : [pulled.seq];
      return place.concat(before, this.#cellsOf(parsed(json)));
    });
    const text = stringify(rows);
    this.#hasParts = hasParts;
    return text;
  }

  /** What stands before the first row; empty from the second time on. */
  takeHeader(): string {
    if (!this.#isHeaderDue) return '';
    this.#isHeaderDue = false;
    const values = this.#columns ?? ofValues;
    const names = ['seq', ...(this.#hasParts === true ? ['part'] : [])];
    for (const name of this.#kept) names.push(freeName(name, 'input', [...names, ...values]));
    for (const name of values) names.push(freeName(name, 'value', names));
    return stringify([names]);
  }

  #cellsOf(value: unknown): readonly unknown[] {
    const columns = this.#columns ?? ofValues;
    // Of nothing there is nothing to put into any.
    const row = isRow(value) ? value : value === null ? {} : { value };
    for (const name of Object.keys(row)) if (!columns.includes(name)) this.#refuse(name, isRow(value), columns);
    return columns.map((name) => cellOf(name, row));
  }

  #refuse(name: string, isProperty: boolean, columns: readonly string[]): never {
    const what = isProperty ? 'is in none of the columns' : 'is no object, and has no place in the columns';
    const origin = this.#areNamed
      ? 'those of --columns. Name it there as well, or return it no more.'
      : 'those of the first value that is an object. Name all that there are with --columns, or write JSON, without --csv.';
    throw new UnwritableError(isProperty ? `value.${name}` : 'value', `${what} ${columns.join(', ')}: ${origin}`);
  }
}

/** Where a name is taken, the column says whose it is. */
function freeName(name: string, of: 'input' | 'value', taken: readonly string[]): string {
  const isTaken = name === 'seq' || name === 'part' || taken.includes(name);
  return isTaken ? freeName(`${of}.${name}`, of, taken) : name;
}

function parsed(json: string): unknown {
  return json === '' ? null : parseJson(json, 'bigint');
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cellOf(name: string, row: Row): unknown {
  // What each object has, such as `constructor`, is none of its own.
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (typeof value === 'string') checkText(`value.${name}`, value);
  if (typeof value === 'object' && value !== null) return jsonText(value);
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : value;
}

function checkCell(path: string, text: string): void {
  checkSize(path, text);
  checkText(path, text);
}

function checkSize(path: string, text: string): void {
  if (text.length > mostInARow)
    throw new UnwritableError(path, 'is larger than 32 MB, which is too much for a row. Write JSON, without --csv.');
}

/** Throws an {@link UnwritableError} where a text has halves of characters, for which UTF-8 has no form. */
export function checkText(path: string, text: string): void {
  if (!text.isWellFormed())
    throw new UnwritableError(path, 'has half a character (a lone surrogate), which cannot be written as it is.');
}

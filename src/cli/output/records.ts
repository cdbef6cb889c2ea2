// How what a call has come to is written: as JSON with all that is known of it, as the bare value, or as a row of CSV.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

import type { Ended } from '../ended.ts';
import { UsageError } from '../usage-error.ts';

export type OutputFormat = 'jsonl' | 'raw' | 'csv';

/** The lines of one input; empty where there is nothing to write. */
export type RecordsOf = (ended: Ended) => string;

/** `header`: the first line of what is there already, where records are added to that. */
export function recordsAs(format: OutputFormat, header: string | undefined): RecordsOf {
  if (format === 'jsonl') return jsonLines;
  return format === 'raw' ? rawLines : new CsvRows(header).rowsOf;
}

function jsonLines(ended: Ended): string {
  const { seq } = ended.pulled;
  if (!ended.ok) {
    const { ms, attempts } = ended.times;
    return `{"seq":${seq},"ok":false,"error":${ended.error},"ms":${ms},"attempts":${attempts}}\n`;
  }
  const { applied } = ended;
  const { how, ms, attempts } = applied;
  const end = `"ms":${ms},"attempts":${attempts}}\n`;
  if (how === 'value') return `{"seq":${seq},"ok":true,"value":${applied.json},${end}`;
  if (how === 'nothing') return `{"seq":${seq},"ok":true,${end}`;
  return applied.values.map((value, at) => `{"seq":${seq},"part":${at + 1},"ok":true,"value":${value},${end}`).join('');
}

/** Texts as they are, everything else as JSON, and an empty line for nothing. Failures have no place here. */
function rawLines(ended: Ended): string {
  if (!ended.ok) return '';
  const { how, values } = ended.applied;
  if (how === 'nothing') return '\n';
  return values.map((json) => `${json.startsWith('"') ? (JSON.parse(json) as string) : json}\n`).join('');
}

/** The columns are the properties of the first value; a value that is no object has the column `value`. Failures have no place here. */
class CsvRows {
  readonly #header: readonly string[] | undefined;
  #columns: readonly string[] | undefined;
  #hasParts = false;

  constructor(header: string | undefined) {
    this.#header = header === undefined ? undefined : parse(header, { bom: true })[0];
  }

  readonly rowsOf = (ended: Ended): string => {
    if (!ended.ok) return '';
    const { seq } = ended.pulled;
    const { how, values } = ended.applied;
    if (how === 'yielded' && values.length === 0) return '';
    const parsed = how === 'nothing' ? [null] : values.map((json) => JSON.parse(json) as unknown);
    const isBegun = this.#columns !== undefined || this.#header !== undefined;
    const columns = (this.#columns ??= this.#columnsFor(parsed[0], how === 'yielded'));
    const rows = parsed.map((value, at) => {
      const row = isRow(value) ? value : { value };
      const other = Object.keys(row).find((name) => !columns.includes(name));
      if (other !== undefined) {
        throw new UsageError(
          `The value of input ${seq} has '${other}', which is none of the columns ${columns.join(', ')}: those are of the first value. Return the same properties for each input, or write JSON, without --csv.`,
        );
      }
      const place: unknown[] = this.#hasParts ? [seq, at + 1] : [seq];
      return place.concat(columns.map((name) => cell(row[name])));
    });
    return stringify(isBegun ? rows : [['seq', ...(this.#hasParts ? ['part'] : []), ...columns], ...rows]);
  };

  #columnsFor(first: unknown, isYielded: boolean): readonly string[] {
    this.#hasParts = isYielded;
    if (this.#header !== undefined) return this.#header.slice(isYielded ? 2 : 1);
    return isRow(first) ? Object.keys(first) : ['value'];
  }
}

function cell(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? JSON.stringify(value)
    : typeof value === 'boolean'
      ? String(value)
      : value;
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

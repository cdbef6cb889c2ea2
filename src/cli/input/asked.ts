// How inputs are read, from the flags that say it.
import { parse } from 'csv-parse/sync';

import type { BigNumbers } from '../json.ts';
import { UsageError } from '../usage-error.ts';
import { Batches } from './batches.ts';
import { defaultMaxLineBytes, Inputs, type InputFormat, type InputOptions, type InputSource } from './inputs.ts';

/** The flags. */
export interface AskedOfInput {
  readonly input?: InputFormat;
  readonly maxLineBytes?: number;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly tsv?: boolean;
  /** False where there is none. */
  readonly header?: boolean;
  /** Of the inputs where these have no header, otherwise of the output. */
  readonly columns?: readonly string[];
  /** The output is CSV. */
  readonly csv?: boolean;
  readonly bigNumbers?: Exclude<BigNumbers, 'refuse'>;
  readonly batch?: number;
}

/** How to read, but for when to stop. */
export interface Reading extends Omit<InputOptions, 'signal'> {
  /** So many inputs are one. */
  readonly batch: number | undefined;
}

/** Throws a {@link UsageError} where flags do not go together. */
export function readingOf(asked: AskedOfInput, files: readonly string[]): Reading {
  const { input: format, encoding, tsv, header, columns, bigNumbers, batch, csv } = asked;
  const delimiter = tsv === true ? '\t' : asked.delimiter;
  const hasHeader = header !== false;
  const ofRows = [
    ...(tsv === true ? ['--tsv'] : delimiter === undefined ? [] : ['--delimiter']),
    ...(hasHeader ? [] : ['--no-header']),
  ];
  if (columns !== undefined && hasHeader && csv !== true) {
    throw new UsageError(
      '--columns takes --csv, of whose rows it names the columns, or --no-header, with which it names those of the inputs.',
    );
  }
  if (ofRows.length > 0 && format !== undefined && format !== 'csv')
    throw new UsageError(`${ofRows.join(' and ')} takes --input csv, not ${format}: it is about rows.`);
  if (bigNumbers === 'string' && format !== undefined && !format.startsWith('json'))
    throw new UsageError(`--big-numbers string takes --input jsonl or json, not ${format}: there all is text already.`);
  return {
    format,
    ...(ofRows.length > 0 && { unnamedFormat: 'csv' }),
    files,
    maxLineBytes: asked.maxLineBytes ?? defaultMaxLineBytes,
    encoding,
    csv: { delimiter, hasHeader, columns: hasHeader ? undefined : columns },
    bigNumbers,
    batch,
  };
}

export function sourceOf({ batch, ...reading }: Reading, signal: AbortSignal): InputSource {
  const inputs = new Inputs({ ...reading, signal });
  return batch === undefined ? inputs : new Batches(inputs, batch);
}

/** What stands between the fields of a row: `;`, `tab`, `\t`, or several characters. */
export function delimiterOf(written: string): string {
  const delimiter = /^(tab|\\t)$/i.test(written) ? '\t' : written;
  if (delimiter !== '' && !/["\r\n]/.test(delimiter)) return delimiter;
  throw new UsageError("It takes what stands between fields, such as ';', '|' or tab; no quote and no newline.");
}

/** `a,b,c`, as a row of CSV: a name with a comma in it stands in quotes. */
export function columnsOf(written: string): string[] {
  const names = rowOf(written);
  if (names !== undefined && names.length > 0 && names.every((name) => name !== '')) {
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice === undefined) return names;
    throw new UsageError(`It takes each name once; '${twice}' is there twice.`);
  }
  throw new UsageError(
    'It takes names with commas between them, such as id,name,price; a name with a comma in quotes.',
  );
}

function rowOf(written: string): string[] | undefined {
  try {
    const rows: string[][] = parse(written);
    return rows.length === 1 ? rows[0] : undefined;
  } catch {
    return undefined;
  }
}

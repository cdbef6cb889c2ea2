// The header of a file of CSV that is there already, to which rows are to be added.
import { parse } from 'csv-parse/sync';

import { UsageError } from '../usage-error.ts';
import { beginOf } from './files.ts';

export interface CsvHeader {
  readonly hasParts: boolean;
  /** The properties of values, in the order of their cells. */
  readonly columns: readonly string[];
}

export interface Wanted {
  /** Fields of inputs. */
  readonly kept: readonly string[];
  readonly columns: readonly string[] | undefined;
}

/** Undefined where there is none. Throws a {@link UsageError} where rows as they are wanted do not fit it. */
export function csvHeaderOf(file: string, { kept, columns }: Wanted): CsvHeader | undefined {
  const names = firstRow(file);
  if (names === undefined) return undefined;
  const hasParts = names[1] === 'part';
  const behindKept = (hasParts ? 2 : 1) + kept.length;
  const ofInputs = names.slice(hasParts ? 2 : 1, behindKept);
  const found = names.slice(behindKept).map(propertyOf);
  const fits =
    names[0] === 'seq' &&
    isSame(ofInputs.map(fieldOf), kept.map(fieldOf)) &&
    (columns === undefined || isSame(columns, found));
  if (!fits) {
    const wanted = ['seq', ...kept, ...(columns ?? ['…'])].join(', ');
    throw new UsageError(
      `${file} has the columns ${names.join(', ')}, and what is to be added to it would have ${wanted}. ` +
        'Give --columns and --keep as they were, name another file with -o, or write it anew with --overwrite.',
    );
  }
  return { hasParts, columns: found };
}

/** The first row of a file, whose names may have newlines in them. */
function firstRow(file: string): readonly string[] | undefined {
  const begin = beginOf(file);
  if (begin === '') return undefined;
  try {
    return parse(begin, { bom: true, to: 1 })[0];
  } catch {
    // It is no CSV.
    return begin.split('\n', 1);
  }
}

/** `input.id` is the field `id`, whose name was taken; `value.seq` the property `seq`. */
function fieldOf(name: string): string {
  return name.replace(/^(?:input\.)+(?=.)/, '');
}

function propertyOf(name: string): string {
  return /^(?:value\.)+(?:seq|part)$/.test(name) ? name.slice('value.'.length) : name;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

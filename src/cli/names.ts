// Lists of names on the command line: `id,url`, or with quotes where a name has a comma, as in a line of CSV.
import { parse } from 'csv-parse/sync';

import { UsageError } from './usage-error.ts';

/** Throws a {@link UsageError} where that is no list of names. */
export function names(written: string): readonly string[] {
  const list = rowOf(written);
  if (list === undefined || list.some((name) => name === ''))
    throw new UsageError('It takes names with commas between them, such as id,url; a name with a comma in quotes.');
  const twice = list.find((name, at) => list.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`It has '${twice}' twice.`);
  return list;
}

function rowOf(written: string): readonly string[] | undefined {
  try {
    const rows = parse(written);
    return rows.length === 1 ? rows[0] : undefined;
  } catch {
    return undefined;
  }
}

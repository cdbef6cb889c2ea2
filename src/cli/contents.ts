// What the flags say about the contents of what is written: fields of inputs in records, columns of rows, inputs that have failed.
import type { Reading } from './input/asked.ts';
import { FailedInputs } from './input/failed.ts';
import { formatOf, type InputFormat } from './input/inputs.ts';
import { Keeper } from './input/keep.ts';
import type { HeaderEntry } from './joblog/entries.ts';
import type { MapCommandOptions } from './map-command.ts';
import { csvHeaderOf, type CsvHeader } from './output/csv-header.ts';
import { CsvRows } from './output/csv-rows.ts';
import { UsageError } from './usage-error.ts';

/** Each is undefined where it was not asked for. */
export interface Contents {
  readonly keeper: Keeper | undefined;
  readonly failedInputs: FailedInputs | undefined;
}

/** Throws a {@link UsageError} where inputs of these files have no such fields, or cannot be in one file. */
export function contentsOf(
  { files, format: asked, unnamedFormat, batch }: Reading,
  { keep, errors }: MapCommandOptions,
): Contents {
  const all = files.length === 0 ? ['-'] : files;
  if (errors === '-') throw new UsageError('--errors takes a file: stdout is for records.');
  if (batch !== undefined && keep !== undefined && keep.join() !== 'input')
    throw new UsageError('--keep takes --keep input with --batch: a list of inputs has no fields.');
  const format = (file: string): InputFormat => asked ?? formatOf(file, unnamedFormat);
  return {
    keeper: keep === undefined ? undefined : new Keeper(keep, all, format),
    failedInputs: errors === undefined ? undefined : new FailedInputs(errors, all, format),
  };
}

/** Rows are added to others: to those in the output, or to those that wait for their turn. */
interface AddedTo {
  /** Undefined where none is there. */
  readonly file: string | undefined;
  readonly waiting: CsvHeader | undefined;
  /** With which the run began that is to go on. */
  readonly began: HeaderEntry | undefined;
}

/** Throws a {@link UsageError} where rows would not fit to those that are there. */
export function rowsFor(
  { csv, columns: named, header, keep }: MapCommandOptions,
  keeper: Keeper | undefined,
  { file, waiting, began }: AddedTo,
): CsvRows | undefined {
  if (csv !== true) return undefined;
  // Without a header they are those of the inputs.
  const columns = header === false ? undefined : named;
  const kept = keeper?.names ?? [];
  if (file === undefined && waiting === undefined) return new CsvRows({ kept, columns, header: undefined });
  checkKept(keep, began);
  if (waiting !== undefined && columns !== undefined && columns.join() !== waiting.columns.join())
    throw new UsageError(
      `Rows that wait for their turn have the columns ${waiting.columns.join(', ')}. Give --columns as it was.`,
    );
  const there = file === undefined ? undefined : csvHeaderOf(file, { kept, columns });
  return new CsvRows({ kept, columns, header: there, waiting });
}

function checkKept(keep: readonly string[] | undefined, began: HeaderEntry | undefined): void {
  if (began === undefined || keep?.join() === began.keep?.join()) return;
  const was = began.keep === undefined ? 'without --keep' : `with --keep ${began.keep.join(',')}`;
  throw new UsageError(`The run that is to go on was ${was}, and its rows are so. Do that again, or begin another.`);
}

// How one result is handed over: heard of by the history, and behind the header of its file where that is due.
import type { FailedInputs } from '../input/failed.ts';
import type { HistoryBuilder } from '../joblog/history.ts';
import type { Waited } from '../waiting/frames.ts';
import type { CsvRows } from './csv-rows.ts';
import type { Handover } from './handover.ts';

export interface HandingOptions {
  readonly handover: Handover;
  readonly rows: CsvRows | undefined;
  readonly errors: FailedInputs | undefined;
  readonly history: HistoryBuilder | undefined;
}

/** The promise, where there is one, is to be waited for before the next. */
export type HandOver = (what: Waited) => Promise<void> | undefined;

export function handingBy({ handover, rows, errors, history }: HandingOptions): HandOver {
  return ({ records, entry, failed }) => {
    if (entry !== undefined) history?.add(entry);
    const header = records === '' ? '' : (rows?.takeHeader() ?? '');
    const before = failed === '' ? '' : (errors?.takeHeader() ?? '');
    return handover.put(header + records, entry, before + failed);
  };
}

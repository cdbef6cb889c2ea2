// What a call came to, as it is handed over: its records, its entry of the log, its input where that has failed.
import { entryOf, unwritten, type Ended, type OfRun } from './ended.ts';
import type { EndEntry } from './joblog/entries.ts';
import type { RecordsOf } from './output/records.ts';

export interface Written {
  /** As it counts: what cannot be written as it is asked for has failed. */
  readonly settled: Ended;
  readonly records: string;
  readonly entry: EndEntry | undefined;
  readonly failed: string;
}

export interface WriteOptions {
  readonly recordsOf: RecordsOf;
  /** A log or a history hears of it. */
  readonly isKept: boolean;
  readonly ofRun: OfRun;
}

export function written(ended: Ended, { recordsOf, isKept, ofRun }: WriteOptions): Written {
  const [settled, records] = recorded(ended, recordsOf);
  return {
    settled,
    records,
    entry: isKept ? entryOf(settled, ofRun) : undefined,
    failed: settled.ok ? '' : (settled.pulled.whole ?? ''),
  };
}

function recorded(ended: Ended, recordsOf: RecordsOf): readonly [Ended, string] {
  try {
    return [ended, recordsOf(ended)];
  } catch (error) {
    if (!ended.ok) throw error;
    const failed = unwritten(ended, error);
    return [failed, recordsOf(failed)];
  }
}

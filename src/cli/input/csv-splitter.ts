// Cuts bytes of CSV into rows: objects by the names in the first row. The library knows the quotes, the line ends and the
// rest of that grammar; here its rows and its complaints are brought into one order.
import { parse, type CsvError, type Parser } from 'csv-parse';

import { messageOf } from '../message-of.ts';

export type Row =
  | { readonly ok: true; readonly line: number; readonly text: string; readonly value: unknown }
  /** `isBehindLost`: where the next row begins is not known. */
  | {
      readonly ok: false;
      readonly line: number;
      readonly text: string;
      readonly why: string;
      readonly isBehindLost: boolean;
    };

interface Parsed {
  readonly record: unknown;
  readonly raw: string;
}

export class CsvSplitter {
  readonly #parser: Parser;
  #rows: Row[] = [];
  #failure: Error | undefined;
  /** The names in the first row. */
  header: readonly string[] | undefined;

  constructor(mostBytes: number) {
    this.#parser = parse({
      bom: true,
      columns: (names: string[]) => {
        this.header = names;
        return names;
      },
      raw: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      max_record_size: mostBytes,
      on_record: (parsed, { lines }) => {
        const { record, raw } = parsed as Parsed;
        const text = withoutNewlines(raw);
        this.#rows.push({ ok: true, line: firstLine(lines, text), text, value: record });
        // It is not to come out of the stream as well.
        return null;
      },
      on_skip: (error, raw) => {
        if (error !== undefined) this.#rows.push(bad(error, raw ?? ''));
        return undefined;
      },
    });
    this.#parser.on('error', (error) => (this.#failure = error));
    this.#parser.resume();
  }

  /** The rows that end in this chunk. */
  async push(chunk: Buffer): Promise<Row[]> {
    await new Promise<void>((resolve) => this.#parser.write(chunk, () => resolve()));
    return this.#take();
  }

  async end(): Promise<Row[]> {
    if (this.#failure === undefined)
      await new Promise<void>((resolve) => {
        this.#parser.once('close', resolve);
        this.#parser.end();
      });
    return this.#take();
  }

  /** What cannot be skipped ends the file, for where the next row begins is not known. */
  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  #take(): Row[] {
    const rows = this.#rows;
    this.#rows = [];
    if (this.#failure !== undefined) rows.push(bad(this.#failure as CsvError, ''));
    return rows;
  }
}

function bad(error: CsvError, raw: string): Row {
  const { lines } = error as { lines?: unknown };
  const text = withoutNewlines(raw);
  return {
    ok: false,
    line: firstLine(typeof lines === 'number' ? lines : 0, text),
    text,
    why: messageOf(error),
    isBehindLost: lostBehind.has(error.code),
  };
}

const lostBehind: ReadonlySet<string> = new Set(['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE']);

/** The library has empty lines before a row, and the newline behind it, in its text. */
function withoutNewlines(raw: string): string {
  return raw.replaceAll(/^[\r\n]+|[\r\n]+$/g, '');
}

/** A row may lie across lines. The library counts the one on which it ends. */
function firstLine(last: number, text: string): number {
  return last - (text.match(/\n/g)?.length ?? 0);
}

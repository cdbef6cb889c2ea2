// Cuts bytes of CSV into rows: objects by the names in the first row. Where a row ends is found here, by its quotes, so that a row that
// is wrong costs no other; what stands in its fields is for the library to say.
import { parse } from 'csv-parse/sync';

import { messageOf } from '../message-of.ts';
import { recordOf, type Row } from './csv-row.ts';
import { saidOfOther } from './encoding.ts';
import { lineEndOf, LineSplitter, OtherBytes, tooLong, type Line } from './line-splitter.ts';
import { fieldsBehindQuote, lookAtQuotes, type Look } from './quotes.ts';

export interface CsvOptions {
  /** Where undefined, a first line such as `sep=;` says it, else it is a comma. */
  readonly delimiter?: string | undefined;
  /** The first row has names. True where undefined. */
  readonly hasHeader?: boolean | undefined;
  /** Names where there is no header; without them rows are lists. */
  readonly columns?: readonly string[] | undefined;
}

const nextUnknown = 'Where the next row begins is not known, so what is behind it cannot be read';
const namesUnknown = 'Without them no row can be read';
const renamed =
  'Give each a name of its own, or name them with --no-header --columns; then this row is an input like the others';

/** A row that has begun; `other`: one of its lines that is no UTF-8. */
interface Begun {
  readonly line: number;
  text: string;
  bytes: number;
  lines: number;
  look: Look;
  other: Buffer | undefined;
}

/** A row that is over: its text, and what is wrong with it where that is known before its fields are. */
interface Found {
  readonly line: number;
  readonly text: string;
  readonly lines: number;
  readonly why: string | undefined;
  readonly isExact: boolean;
}

export class CsvSplitter {
  readonly #mostBytes: number;
  readonly #options: CsvOptions;
  #delimiter: string;
  #splitter: LineSplitter | undefined;
  /** What came before it was known how lines end. */
  #head: Buffer = Buffer.alloc(0);
  #lineEnd = '\n';
  #line = 0;
  #begun: Begun | undefined;
  #found: Found[] = [];
  /** Of the row before this one: it broke in a quoted field, behind so many others. */
  #brokenBehind: number | undefined;
  #names: readonly string[] | undefined;
  /** So many fields a row has. */
  #width: number | undefined;
  #identity = '';
  #rows: Row[] = [];
  #isBroken = false;
  /** What stands before the first row: its line breaks are newlines. */
  #header = '';

  constructor(mostBytes: number, options: CsvOptions = {}) {
    this.#mostBytes = mostBytes;
    this.#options = options;
    this.#delimiter = options.delimiter ?? ',';
    if (options.hasHeader === false && options.columns !== undefined) this.#setNames(options.columns);
  }

  /** The rows that end in this chunk. */
  push(chunk: Buffer): Row[] {
    if (this.#isBroken) return [];
    if (this.#splitter !== undefined) return this.#cut(this.#splitter, chunk);
    this.#head = Buffer.concat([this.#head, chunk]);
    const by = lineEndOf(this.#head);
    if (by === undefined && this.#head.length <= this.#mostBytes) return [];
    return this.#begin(by ?? 'row');
  }

  end(): Row[] {
    if (this.#isBroken) return [];
    if (this.#splitter === undefined) this.#begin('row');
    const last = this.#splitter?.end();
    if (last !== undefined) this.#add(last);
    const begun = this.#begun;
    if (begun !== undefined && !this.#isBroken)
      this.#lose(begun.line, begun.text, `a quote is opened in it that nothing closes, up to line ${this.#line}`);
    return this.#take();
  }

  /** The lines before the first row, as they are written; empty where there are none. Known when there is a row. */
  get header(): string {
    return this.#header;
  }

  /** What is behind a row without an end cannot be read. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  #begin(by: 'row' | 'return'): Row[] {
    this.#splitter = new LineSplitter(by, this.#mostBytes);
    if (by === 'return') this.#lineEnd = '\r';
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    return this.#cut(this.#splitter, head);
  }

  #cut(splitter: LineSplitter, chunk: Buffer): Row[] {
    for (const line of splitter.push(chunk)) {
      if (this.#isBroken) break;
      this.#add(line);
    }
    return this.#take();
  }

  #add(line: Line): void {
    this.#line++;
    const begun = this.#begun;
    if (line === tooLong) {
      this.#lose(begun?.line ?? this.#line, begun?.text ?? '', `it is longer than --max-line-bytes ${this.#mostBytes}`);
      return;
    }
    const text = typeof line === 'string' ? line : line.text;
    if (begun === undefined) {
      if (text === '' || text === '\r' || (this.#line === 1 && this.#isSeparatorLine(text))) return;
      const look = lookAtQuotes(text, this.#delimiter, false);
      this.#goOn({ line: this.#line, text, bytes: text.length, lines: 1, look, other: otherBytes(line) });
      return;
    }
    const look = lookAtQuotes(text, this.#delimiter, true);
    begun.text += this.#lineEnd + text;
    begun.bytes += text.length + 1;
    begun.lines++;
    begun.other ??= otherBytes(line);
    begun.look = { ...look, isWell: look.isWell && begun.look.isWell };
    this.#goOn(begun);
  }

  /** A row has come to the end of a line. */
  #goOn(row: Begun): void {
    const { look, line, lines } = row;
    this.#begun = look.isOpen ? row : undefined;
    if (look.isOpen && look.isWell && row.bytes <= this.#mostBytes) return;
    const text = row.text.endsWith('\r') ? row.text.slice(0, -1) : row.text;
    const isExact = row.other === undefined;
    if (row.bytes > this.#mostBytes) this.#lose(line, text, `it is longer than --max-line-bytes ${this.#mostBytes}`);
    else if (look.isWell) this.#finish({ line, text, lines, why: row.other && saidOfOther(row.other), isExact });
    else if (lines > 1 || look.isOpen)
      this.#lose(line, text, 'its quotes do not match, and it seems to go on over lines');
    else if (this.#mayBelongTogether(text, look)) {
      this.#lose(
        line,
        text,
        'a quote in it may be the end of a field of the row before, in which another quote stands wrong',
      );
    } else {
      const why = `is no row like the first (a quote stands wrong: ${look.why})`;
      this.#finish({ line, text, lines, why, isExact });
      this.#brokenBehind = look.brokenBehind;
    }
  }

  /** The row before broke in a quoted field. If this one has that field's end, then both are one. */
  #mayBelongTogether(text: string, look: Look): boolean {
    const before = this.#brokenBehind;
    if (before === undefined || look.brokenBehind !== undefined || this.#width === undefined) return false;
    const width = this.#width;
    return fieldsBehindQuote(text, this.#delimiter).some((behind) => before + 1 + behind === width);
  }

  #finish(found: Found): void {
    this.#brokenBehind = undefined;
    const isHeader = this.#options.hasHeader !== false && this.#names === undefined;
    if (found.why !== undefined && isHeader) {
      this.#stopAt(found.line, found.text, `has the names of the columns, and ${found.why}`, namesUnknown);
    } else if (isHeader) {
      this.#setHeader(found);
    } else {
      this.#found.push(found);
      // What follows may have to know how many fields a row has.
      if (this.#width === undefined && found.why === undefined) this.#width = this.#fieldsOf(found.text).length;
    }
  }

  #setHeader({ line, text }: Found): void {
    const names = this.#fieldsOf(text);
    const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
    const name = names[twice];
    if (name !== undefined) {
      const what = name === '' ? 'have no name' : `are both named '${name}'`;
      const which = `columns ${names.indexOf(name) + 1} and ${twice + 1} ${what}, so one would take the place of the other`;
      this.#stopAt(line, text, `has the names of the columns, of which ${which}`, renamed);
    } else {
      this.#setNames(names);
      this.#header += `${text}\n`;
    }
  }

  #setNames(names: readonly string[]): void {
    this.#names = names;
    this.#width = names.length;
  }

  #fieldsOf(text: string): string[] {
    return this.#parsed([text])[0] ?? [];
  }

  #parsed(texts: readonly string[]): string[][] {
    return parse(texts.join('\n'), {
      delimiter: this.#delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
    });
  }

  #isSeparatorLine(text: string): boolean {
    const [, delimiter] = /^"?sep=(.[^"\r]*)"?\r?$/i.exec(text) ?? [];
    if (delimiter === undefined) return false;
    this.#delimiter = this.#options.delimiter ?? delimiter;
    this.#header = `sep=${delimiter}\n`;
    return true;
  }

  /** A row of which nobody knows where it ends. */
  #lose(line: number, text: string, why: string): void {
    this.#stopAt(line, text, `is no row like the first (${why})`, nextUnknown);
  }

  /** Nothing behind it can be read. */
  #stopAt(line: number, text: string, why: string, behind: string): void {
    this.#takeFound();
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#begun = undefined;
    this.#rows.push({ ok: false, line, text, why, behind });
  }

  /** Whether a line behind the first, or its part before a quote, looks like a row. */
  #hasRowsInside(text: string, width: number): boolean {
    const widthOf = (line: string): number => line.split(this.#delimiter).length;
    const [, ...others] = text.split(this.#lineEnd);
    return others.some((line) => widthOf(line) === width || widthOf(line.split('"', 1)[0] ?? '') === width);
  }

  #take(): Row[] {
    this.#takeFound();
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  /** Makes rows of what was found. */
  #takeFound(): void {
    const found = this.#found;
    if (found.length === 0) return;
    this.#found = [];
    const good = found.filter(({ why }) => why === undefined);
    let fields: string[][] = [];
    try {
      fields = good.length === 0 ? [] : this.#parsed(good.map(({ text }) => text));
      if (fields.length !== good.length) throw new Error(`${good.length} rows were found, and ${fields.length} read`);
    } catch (error) {
      throw new Error(`This is a bug in polyloop, please report it: ${messageOf(error)}`, { cause: error });
    }
    this.#identity ||= `${JSON.stringify([this.#delimiter, this.#names ?? null])}\n`;
    let at = 0;
    for (const row of found) {
      const { line, text, why, isExact } = row;
      if (why === undefined) this.#addRow(row, fields[at++] ?? []);
      else this.#rows.push({ ok: false, line, text, why, isExact });
      if (this.#isBroken) return;
    }
  }

  #addRow({ line, text, lines }: Found, fields: readonly string[]): void {
    const width = (this.#width ??= fields.length);
    if (fields.length === width) {
      const value = this.#names === undefined ? fields : recordOf(this.#names, fields);
      this.#rows.push({ ok: true, line, text, identity: this.#identity + text, value });
      return;
    }
    const why = `is no row like the first (columns length is ${width}, got ${fields.length})`;
    // A quote that somebody forgot to close has taken them in.
    const hasRowsInside = lines > 1 && this.#hasRowsInside(text, width);
    this.#isBroken = hasRowsInside;
    this.#rows.push({ ok: false, line, text, why, ...(hasRowsInside && { behind: nextUnknown }) });
  }
}

function otherBytes(line: Line): Buffer | undefined {
  return line instanceof OtherBytes ? line.bytes : undefined;
}

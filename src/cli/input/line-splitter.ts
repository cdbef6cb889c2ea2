// Cuts bytes into lines. Characters may lie across chunks, and lines across many; but a separator is a byte of its own in
// UTF-8, so bytes are cut first and made text after; that they are UTF-8 is looked at before.
import { isUtf8 } from 'node:buffer';

/** A line that was longer than it may be. It was let go of as it came. */
export const tooLong = Symbol('too long');

/** A line whose bytes are no UTF-8. */
export class OtherBytes {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** A character for each byte: what is of ASCII can be read, and nothing is lost. */
  get text(): string {
    return this.bytes.toString('latin1');
  }
}

export type Line = string | typeof tooLong | OtherBytes;

/** What ends a line. `row` keeps the `\r` before a newline, which may stand in a value; `return` is how Macs once wrote. */
export type Divider = 'newline' | 'null' | 'row' | 'return';

const separators: Readonly<Record<Divider, number>> = { newline: 10, null: 0, row: 10, return: 13 };
const carriageReturn = '\r';
const byteOrderMark = Buffer.from('\uFEFF');

export class LineSplitter {
  readonly #separator: number;
  readonly #stripsReturns: boolean;
  readonly #mostBytes: number;
  /** The line that has no end yet, in pieces that are looked at once. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #isTooLong = false;
  #isFirst = true;

  /** By newlines, where a `\r` before one counts to it; by NUL bytes; or for rows, of which nothing is taken away. */
  constructor(by: Divider, mostBytes: number) {
    this.#separator = separators[by];
    this.#stripsReturns = by === 'newline';
    this.#mostBytes = mostBytes;
  }

  /** The lines that end in this chunk. */
  push(chunk: Buffer): Line[] {
    const end = chunk.lastIndexOf(this.#separator);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const [first, lines] = this.#cut(chunk.subarray(0, end));
    this.#keep(chunk.subarray(end + 1));
    return first === undefined ? lines : [first, ...lines];
  }

  /** The last line, where no separator ends it. */
  end(): Line | undefined {
    if (this.#isTooLong) return tooLong;
    if (this.#pieceBytes === 0) return undefined;
    return this.#lineOf(Buffer.concat(this.#pieces));
  }

  /** `ended`: up to a separator, that one not included. */
  #cut(ended: Buffer): [first: Line | undefined, others: Line[]] {
    let first: Line | undefined;
    let rest = ended;
    if (this.#isTooLong || this.#pieceBytes > 0) {
      const end = ended.indexOf(this.#separator);
      const head = end < 0 ? ended : ended.subarray(0, end);
      this.#keep(head);
      first = this.#isTooLong ? tooLong : this.#lineOf(Buffer.concat(this.#pieces));
      this.#pieces = [];
      this.#pieceBytes = 0;
      this.#isTooLong = false;
      if (end < 0) return [first, []];
      rest = ended.subarray(end + 1);
    }
    if (!isUtf8(rest)) return [first, this.#cutBytes(rest)];
    const lines: Line[] = rest.toString().split(String.fromCharCode(this.#separator));
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] as string;
      // A character is three bytes at the most, for those of four are two.
      const mayBeTooLong = 3 * line.length > this.#mostBytes;
      lines[at] = mayBeTooLong && Buffer.byteLength(line) > this.#mostBytes ? tooLong : this.#clean(line);
    }
    return [first, lines];
  }

  /** Where a line of them cannot be text. */
  #cutBytes(ended: Buffer): Line[] {
    const lines: Line[] = [];
    for (let from = 0; from <= ended.length;) {
      const found = ended.indexOf(this.#separator, from);
      const end = found < 0 ? ended.length : found;
      const bytes = ended.subarray(from, end);
      lines.push(bytes.length > this.#mostBytes ? tooLong : this.#lineOf(bytes));
      from = end + 1;
    }
    return lines;
  }

  #lineOf(bytes: Buffer): string | OtherBytes {
    if (isUtf8(bytes)) return this.#clean(bytes.toString());
    const isMarked = this.#isFirst && bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    this.#isFirst = false;
    // Of a copy, for a part of a chunk keeps all of it in memory.
    return new OtherBytes(Buffer.from(isMarked ? bytes.subarray(byteOrderMark.length) : bytes));
  }

  #keep(piece: Buffer): void {
    if (this.#isTooLong || piece.length === 0) return;
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes <= this.#mostBytes) {
      this.#pieces.push(piece);
      return;
    }
    this.#isTooLong = true;
    this.#pieces = [];
  }

  #clean(line: string): string {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const text = isFirst && line.startsWith('\uFEFF') ? line.slice(1) : line;
    return this.#stripsReturns && text.endsWith(carriageReturn) ? text.slice(0, -1) : text;
  }
}

/** How rows end: by newlines; or by `\r` alone, where the first line ends so. Undefined where nothing has ended yet. */
export function lineEndOf(head: Buffer): 'row' | 'return' | undefined {
  const newline = head.indexOf(10);
  const back = head.indexOf(13);
  if (back < 0 || (newline >= 0 && newline < back)) return newline < 0 ? undefined : 'row';
  // Whether a newline follows is not known yet.
  if (back === head.length - 1) return undefined;
  return head[back + 1] === 10 ? 'row' : 'return';
}

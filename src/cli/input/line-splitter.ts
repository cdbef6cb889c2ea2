// Cuts bytes into lines. Characters may lie across chunks, and lines across many; but a separator is a byte of its own in
// UTF-8, so bytes are cut first and made text after.

/** A line that was longer than it may be. It was let go of as it came. */
export const tooLong = Symbol('too long');

export type Line = string | typeof tooLong;

const newline = 10;
const carriageReturn = '\r';

export class LineSplitter {
  readonly #separator: number;
  readonly #mostBytes: number;
  /** The line that has no end yet, in pieces that are looked at once. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #isTooLong = false;
  #isFirst = true;

  /** By newlines, where a `\r` before one counts to it; or by NUL bytes. */
  constructor(by: 'newline' | 'null', mostBytes: number) {
    this.#separator = by === 'newline' ? newline : 0;
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
    return this.#clean(Buffer.concat(this.#pieces).toString());
  }

  /** `ended`: up to a separator, that one not included. */
  #cut(ended: Buffer): [first: Line | undefined, others: Line[]] {
    let first: Line | undefined;
    let rest = ended;
    if (this.#isTooLong || this.#pieceBytes > 0) {
      const end = ended.indexOf(this.#separator);
      const head = end < 0 ? ended : ended.subarray(0, end);
      this.#keep(head);
      first = this.#isTooLong ? tooLong : this.#clean(Buffer.concat(this.#pieces).toString());
      this.#pieces = [];
      this.#pieceBytes = 0;
      this.#isTooLong = false;
      if (end < 0) return [first, []];
      rest = ended.subarray(end + 1);
    }
    const lines: Line[] = rest.toString().split(String.fromCharCode(this.#separator));
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at] as string;
      // A character is three bytes at the most, for those of four are two.
      const mayBeTooLong = 3 * line.length > this.#mostBytes;
      lines[at] = mayBeTooLong && Buffer.byteLength(line) > this.#mostBytes ? tooLong : this.#clean(line);
    }
    return [first, lines];
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
    return this.#separator === newline && text.endsWith(carriageReturn) ? text.slice(0, -1) : text;
  }
}

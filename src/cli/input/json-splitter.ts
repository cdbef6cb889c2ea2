// Cuts bytes of JSON into values: the elements of an array, or documents that follow each other, over however many lines they go. Where
// one ends is found by the library's tokens, so that no more than one of them is kept in memory.
import { isUtf8 } from 'node:buffer';

import { Tokenizer, TokenType } from '@streamparser/json';

import { messageOf } from '../message-of.ts';
import { saidOfOther } from './encoding.ts';

export type Value =
  | { readonly ok: true; readonly line: number; readonly text: string }
  /** `behind`: why nothing behind it can be read, where that is so. */
  | {
      readonly ok: false;
      readonly line: number;
      readonly text: string;
      readonly why: string;
      readonly behind?: string | undefined;
    };

interface Token {
  readonly token: TokenType;
  readonly offset: number;
}

/** What may come where no value has begun: between documents; or in the array that holds the inputs. */
type Between = 'documents' | 'first element' | 'element' | 'comma';

const newline = 10;
const byteOrderMark = Buffer.from('\uFEFF');
const unknownBehind = 'What is behind it cannot be read';

export class JsonSplitter {
  readonly #mostBytes: number;
  readonly #tokenizer = new Tokenizer({ separator: '' });
  #between: Between = 'documents';
  /** The value that has begun: where, on which line, and how deep it is in itself. */
  #begun: { readonly at: number; readonly line: number; depth: number } | undefined;
  /** Where the last token begins: a text that is not whole yet is told of when it is. */
  #lastAt = 0;
  /** What was read from the beginning of that value on, or of that token. */
  #kept: Buffer[] = [];
  #keptFrom = 0;
  #isTooLong = false;
  #read = 0;
  /** Lines up to here were counted. */
  #line = 1;
  #lineAt = 0;
  /** The line on which the array begins. */
  #arrayLine = 0;
  #values: Value[] = [];
  #isBroken = false;
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
    this.#tokenizer.onToken = (token) => {
      if (!this.#isBroken) this.#take(token);
    };
    this.#tokenizer.onError = (error) => this.#failAsSaid(messageOf(error));
  }

  /** The values that end in this chunk. */
  push(chunk: Buffer): Value[] {
    if (this.#isBroken) return [];
    const bytes = this.#withoutMark(chunk);
    if (bytes.length === 0) return [];
    this.#kept.push(bytes);
    this.#read += bytes.length;
    this.#tokenizer.write(bytes);
    this.#forget();
    return this.#taken();
  }

  end(): Value[] {
    if (this.#isBroken) return [];
    if (this.#head !== undefined && this.#head.length > 0) this.#fail('Unexpected end');
    if (!this.#isBroken) this.#tokenizer.end();
    if (!this.#isBroken && this.#begun?.depth === 0 && this.#between === 'documents') this.#finish(this.#read);
    if (!this.#isBroken && this.#begun !== undefined) this.#fail('it is not closed up to the end of the input');
    if (!this.#isBroken && this.#between !== 'documents') {
      this.#stop(
        this.#arrayLine,
        '',
        'is not JSON (the array that begins there is not closed up to the end of the input)',
      );
    }
    return this.#taken();
  }

  /** The library counts places without it. */
  #withoutMark(chunk: Buffer): Buffer {
    if (this.#head === undefined) return chunk;
    const head = Buffer.concat([this.#head, chunk]);
    const isMark = byteOrderMark.subarray(0, head.length).equals(head.subarray(0, byteOrderMark.length));
    if (isMark && head.length < byteOrderMark.length) {
      this.#head = head;
      return Buffer.alloc(0);
    }
    this.#head = undefined;
    return isMark ? head.subarray(byteOrderMark.length) : head;
  }

  #take({ token, offset }: Token): void {
    this.#lastAt = offset;
    const begun = this.#begun;
    if (begun !== undefined && begun.depth > 0) {
      begun.depth += depthOf(token);
      if (begun.depth === 0) this.#finish(offset + 1);
      return;
    }
    // A text or a number has ended wherever something else begins.
    if (begun !== undefined) this.#finish(offset);
    if (!this.#isBroken) this.#takeBetween(token, offset);
  }

  #takeBetween(token: TokenType, offset: number): void {
    const between = this.#between;
    if (token === TokenType.RIGHT_BRACKET && (between === 'first element' || between === 'comma')) {
      this.#between = 'documents';
    } else if (token === TokenType.COMMA && between === 'comma') this.#between = 'element';
    else if (between === 'comma' || isPunctuation(token)) {
      this.#fail(between === 'comma' ? 'a comma is missing before this' : 'no value begins so', offset);
    } else if (token === TokenType.LEFT_BRACKET && between === 'documents') {
      this.#between = 'first element';
      this.#arrayLine = this.#lineOf(offset);
    } else {
      this.#isTooLong = offset < this.#keptFrom;
      this.#begun = { at: offset, line: this.#lineOf(offset), depth: depthOf(token) };
    }
  }

  #finish(end: number): void {
    const { at = 0, line = 0 } = this.#begun ?? {};
    this.#begun = undefined;
    if (this.#between !== 'documents') this.#between = 'comma';
    if (this.#isTooLong || end - at > this.#mostBytes) {
      this.#isTooLong = false;
      this.#values.push({ ok: false, line, text: '', why: `is longer than --max-line-bytes ${this.#mostBytes}` });
      return;
    }
    const bytes = this.#bytesOf(at, end);
    if (isUtf8(bytes)) this.#values.push({ ok: true, line, text: bytes.toString().trim() });
    else this.#values.push({ ok: false, line, text: bytes.toString('latin1').trim(), why: saidOfOther(bytes) });
  }

  #bytesOf(at: number, end: number): Buffer {
    if (this.#kept.length > 1) this.#kept = [Buffer.concat(this.#kept)];
    return (this.#kept[0] ?? Buffer.alloc(0)).subarray(at - this.#keptFrom, end - this.#keptFrom);
  }

  #lineOf(offset: number): number {
    if (offset <= this.#lineAt) return this.#line;
    const bytes = this.#bytesOf(this.#lineAt, offset);
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) this.#line++;
    this.#lineAt = offset;
    return this.#line;
  }

  /** Keeps no more than what has begun, and of that no more than a value may have. */
  #forget(): void {
    if (this.#isBroken) return;
    const at = Math.max(this.#begun?.at ?? this.#lastAt, this.#keptFrom);
    const isLong = this.#read - at > this.#mostBytes;
    this.#isTooLong ||= isLong;
    const from = isLong || this.#isTooLong ? this.#read : at;
    if (from === this.#keptFrom) return;
    // Lines are counted before.
    this.#lineOf(from);
    this.#kept = from === this.#read ? [] : [Buffer.from(this.#bytesOf(from, this.#read))];
    this.#keptFrom = from;
  }

  /** What the library says; its text has the place among all bytes. */
  #failAsSaid(message: string): void {
    const [, unexpected, position] = /^(Unexpected ".*") at .*absolute position "(\d+)"/s.exec(message) ?? [];
    if (unexpected === undefined) this.#fail('it breaks off');
    else this.#fail(unexpected, Number(position));
  }

  #fail(why: string, offset = this.#begun?.at ?? this.#lineAt): void {
    if (this.#isBroken) return;
    const line = this.#begun?.line ?? this.#lineOf(offset);
    const text = this.#bytesOf(Math.max(this.#begun?.at ?? offset, this.#keptFrom), this.#read);
    this.#stop(line, text.toString('latin1'), isUtf8(withoutCut(text)) ? `is not JSON (${why})` : saidOfOther(text));
  }

  #stop(line: number, text: string, why: string): void {
    this.#isBroken = true;
    this.#values.push({ ok: false, line, text, why, behind: unknownBehind });
  }

  #taken(): Value[] {
    const values = this.#values;
    this.#values = [];
    return values;
  }
}

function depthOf(token: TokenType): number {
  if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) return 1;
  return token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET ? -1 : 0;
}

function isPunctuation(token: TokenType): boolean {
  return [TokenType.RIGHT_BRACE, TokenType.RIGHT_BRACKET, TokenType.COMMA, TokenType.COLON].includes(token);
}

/** A chunk may end in the middle of a character. */
function withoutCut(bytes: Buffer): Buffer {
  for (let end = bytes.length; end > Math.max(0, bytes.length - 4); end--)
    if (isUtf8(bytes.subarray(0, end))) return bytes.subarray(0, end);
  return bytes;
}

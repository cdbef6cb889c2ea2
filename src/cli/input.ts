// Inputs: one per line, as text or as JSON, from files or stdin. Read lazily, as fast as the results go out.
import { createReadStream } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

export type InputFormat = 'lines' | 'jsonl';

export interface InputOptions {
  /** Where undefined, a file's name decides: `.jsonl` and `.ndjson` are JSON, all else is lines. */
  readonly format: InputFormat | undefined;
  /** `-` is stdin. */
  readonly files: readonly string[];
  /** Lets go of the input, also where it would have to be waited for. */
  readonly signal: AbortSignal;
}

/** Every input of all files, in order. Throws {@link UsageError} with file and line where one cannot be read. */
export async function* readInputs({ format, files, signal }: InputOptions): AsyncGenerator<unknown, void> {
  for (const file of files.length === 0 ? ['-'] : files) {
    const isJson = (format ?? (/\.(jsonl|ndjson)$/i.test(file) ? 'jsonl' : 'lines')) === 'jsonl';
    const name = file === '-' ? 'stdin' : file;
    let lineNumber = 0;
    for await (const line of readLines(file, name, signal)) {
      lineNumber++;
      if (!isJson) yield line;
      else if (line.trim() !== '') yield parse(line, name, lineNumber);
    }
  }
}

function parse(line: string, name: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new UsageError(
      `${name}:${lineNumber} is not JSON (${messageOf(error)}). Mend the line, or read it as text with --input lines.`,
    );
  }
}

async function* readLines(file: string, name: string, signal: AbortSignal): AsyncGenerator<string, void> {
  const stream = addAbortSignal(signal, file === '-' ? process.stdin : createReadStream(file));
  // Characters may lie across chunks, and lines across many: what has no end yet is kept in pieces and looked at once.
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  let isFirst = true;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const [end = '', ...lines] = decoder.write(chunk).split('\n');
      pieces.push(end);
      for (const next of lines) {
        yield clean(pieces.join(''), isFirst);
        isFirst = false;
        pieces = [next];
      }
    }
  } catch (error) {
    throw new UsageError(`Cannot read ${name}: ${messageOf(error)}.`);
  }
  const rest = pieces.join('') + decoder.end();
  if (rest !== '') yield clean(rest, isFirst);
}

function clean(line: string, isFirst: boolean): string {
  const text = isFirst && line.startsWith('\uFEFF') ? line.slice(1) : line;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

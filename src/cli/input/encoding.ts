// Text in other encodings than UTF-8: made UTF-8 where it is known which it is, and a guess where it is not.
import { isUtf8 } from 'node:buffer';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

/** The name of an encoding as the platform has it: `latin1` is `windows-1252`. Throws a {@link UsageError} where there is none. */
export function encodingNamed(written: string): string {
  try {
    return new TextDecoder(written).encoding;
  } catch {
    throw new UsageError('It takes an encoding, such as utf-8, latin1, windows-1252, utf-16le, shift_jis or gb18030.');
  }
}

/** As UTF-8. Throws where a character is none of the encoding. */
export async function* asUtf8(source: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer, void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let bytes = 0;
  const decode = (chunk?: Buffer): Buffer => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch (error) {
      throw new Error(
        `between bytes ${bytes} and ${bytes + (chunk?.length ?? 0)} is no ${encoding} (${messageOf(error)})`,
        {
          cause: error,
        },
      );
    }
  };
  for await (const chunk of source) {
    yield decode(chunk);
    bytes += chunk.length;
  }
  yield decode();
}

const lookedAt = 4_096;

/** Text in UTF-16 without a mark, as far as its beginning shows: every other byte is zero. */
export function unmarkedUtf16(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const length = Math.min(head.length, lookedAt) & ~1;
  if (length < 4) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < length; at++) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const isMost = (count: number): boolean => count >= 0.4 * (length / 2);
  if (isMost(odd) && even === 0) return 'utf-16le';
  return isMost(even) && odd === 0 ? 'utf-16be' : undefined;
}

/** Says of bytes that are no UTF-8 where that shows, and what they seem to be. */
export function saidOfOther(bytes: Buffer): string {
  const at = firstOther(bytes);
  const byte = bytes[at]?.toString(16).padStart(2, '0') ?? '';
  return `is no UTF-8 (byte 0x${byte} at ${at + 1}); ${guess(bytes.subarray(0, lookedAt))}`;
}

/** Where the first character begins that is none. */
function firstOther(bytes: Buffer): number {
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] as number;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return 0;
}

/** In the order in which they are likely where bytes fit several. Encodings of one byte fit nearly everything, so those of more come first. */
const ofMoreBytes = [
  ['shift_jis', /[\u3040-\u30FF]/],
  ['euc-jp', /[\u3040-\u30FF]/],
  ['gb18030', /[\u4E00-\u9FFF]{2}/],
] as const;

function guess(bytes: Buffer): string {
  const nulls = bytes.filter((byte) => byte === 0).length;
  if (nulls > bytes.length / 8) return 'it seems to be no text';
  for (const [encoding, has] of ofMoreBytes) {
    const text = decoded(bytes, encoding);
    // Letters with accents stand alone; characters of these come together.
    if (text !== undefined && has.test(text)) return `it seems to be ${encoding}: read it with --encoding ${encoding}`;
  }
  return 'it seems to be latin1 (windows-1252): read it with --encoding latin1, or with the one that it is in';
}

function decoded(bytes: Buffer, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

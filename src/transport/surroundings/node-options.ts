// NODE_OPTIONS as Node reads it: words between spaces; in double quotes a space is a part of the word, and a backslash makes the next
// character plain.
import { arrayJoin, arrayMap } from '../../task/arrays.ts';

export function parseNodeOptions(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    let character = text[at] ?? '';
    if (character === ' ' && !isQuoted) {
      if (word !== undefined) words[words.length] = word;
      word = undefined;
      continue;
    }
    word ??= '';
    if (character === '"') {
      isQuoted = !isQuoted;
      continue;
    }
    if (character === '\\' && isQuoted) character = text[++at] ?? '';
    word += character;
  }
  if (word !== undefined) words[words.length] = word;
  return words;
}

export function writeNodeOptions(words: readonly string[]): string {
  return arrayJoin(
    arrayMap(words, (word) => (/[ "\\]/.test(word) ? `"${word.replaceAll(/["\\]/g, '\\$&')}"` : word)),
    ' ',
  );
}

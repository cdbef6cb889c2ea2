// NODE_OPTIONS as Node reads it: words between spaces; in double quotes a space is a part of the word, and a backslash makes the next
// character plain.

export function parseNodeOptions(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    let character = text[at] ?? '';
    if (character === ' ' && !isQuoted) {
      if (word !== undefined) words.push(word);
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
  if (word !== undefined) words.push(word);
  return words;
}

export function writeNodeOptions(words: readonly string[]): string {
  return words.map((word) => (/[ "\\]/.test(word) ? `"${word.replaceAll(/["\\]/g, '\\$&')}"` : word)).join(' ');
}

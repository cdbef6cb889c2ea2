// Long texts are cut in the middle: inputs are often paths and addresses, which begin alike and differ at their ends.

/** A text of at most so many characters (UTF-16 units), with `…` where something is left out. No character is cut in half. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = most - 1;
  let from = Math.ceil(kept / 2);
  let to = text.length - Math.floor(kept / 2);
  if (isWithinPair(text, from)) from--;
  if (isWithinPair(text, to)) to++;
  return `${text.slice(0, from)}…${text.slice(to)}`;
}

/** The same on one line. */
export function shortenedLine(text: string, most: number): string {
  // Of a very long text only what can be kept is looked at.
  return shortened(shortened(text, most * 4).replaceAll(/\s+/g, ' '), most);
}

/** Between the two halves of a character that is two units long. */
function isWithinPair(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const after = text.charCodeAt(at);
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000;
}

// Inputs, messages and names are texts that anybody may have written: a page's title can clear the screen of whoever reads it,
// or turn the order of a line's letters round. What is shown of them goes through here, and such characters become visible.

/** Control characters (C0, DEL, C1), those that set the direction of text, and those at which some programs end a line. */
const hidden = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
/** Those of them that JSON leaves in its texts as they are. */
const hiddenInJson = /[\u007F-\u009F\p{Bidi_Control}\u2028\u2029]/gu;
const hiddenOrColour = new RegExp(`\u001B\\[[\\d;:]*m|${hidden.source}`, 'gu');
const short: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\r': String.raw`\r`, '\t': String.raw`\t` };
const endOfColours = '\u001B[0m';

/** For texts of several lines: line breaks stay. */
export function visible(text: string): string {
  return text.replaceAll(hidden, (character) => (character === '\n' ? character : escaped(character)));
}

/** For what is to be one line, or a part of one. */
export function visibleLine(text: string): string {
  return text.replaceAll(hidden, escaped);
}

/** For pages, in which a tab is a space. */
export function visibleBlock(text: string): string {
  return text.replaceAll(hidden, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** For what a program wants to be seen on a terminal: its colours and its tabs are its own business, and end with it. */
export function visibleInColour(text: string): string {
  let isColoured = false;
  const shown = text.replaceAll('\r\n', '\n').replaceAll(hiddenOrColour, (found) => {
    if (found === '\n' || found === '\t') return found;
    if (found.length === 1) return escaped(found);
    isColoured = true;
    return found;
  });
  return isColoured ? shown + endOfColours : shown;
}

/** JSON that means the same, and has no such characters. */
export function visibleJson(json: string): string {
  return json.replaceAll(hiddenInJson, unicodeEscape);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return short[character] ?? (code < 256 ? String.raw`\x${hex(code, 2)}` : unicodeEscape(character));
}

function unicodeEscape(character: string): string {
  return String.raw`\u${hex(character.charCodeAt(0), 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

// Whether the quotes of a line of CSV are where they may be, and whether a field goes on behind its end.

export interface Look {
  /** A quoted field goes on in the next line. */
  readonly isOpen: boolean;
  /** Every quote opens a field, ends one, or is doubled in one. */
  readonly isWell: boolean;
  /** Where it is not: what follows a quote that cannot be there, and what is wrong about it. */
  readonly why: string;
  /** A quoted field broke: something stands behind its end. So many fields are before it. */
  readonly brokenBehind: number | undefined;
}

const well: Look = { isOpen: false, isWell: true, why: '', brokenBehind: undefined };

/** `isInside`: a quoted field has begun in a line before. A field that is wrong ends at the next delimiter, as one without quotes does. */
export function lookAtQuotes(line: string, delimiter: string, isInside: boolean): Look {
  if (!isInside && !line.includes('"')) return well;
  let at = 0;
  let fields = 0;
  let why = '';
  let brokenBehind: number | undefined;
  let isQuoted = isInside || line.startsWith('"');
  if (!isInside && isQuoted) at = 1;
  for (;;) {
    if (isQuoted) {
      const end = closingQuote(line, at);
      if (end < 0) return { isOpen: true, isWell: why === '', why, brokenBehind };
      at = end + 1;
      if (!isEnd(line, at) && !line.startsWith(delimiter, at)) {
        why ||= `behind the end of a quoted field stands ${shown(line, at)}`;
        brokenBehind ??= fields;
      }
    }
    const next = line.indexOf(delimiter, at);
    const quote = line.indexOf('"', at);
    if (quote >= 0 && (next < 0 || quote < next))
      why ||= `${shown(line, quote)} in a field that does not begin with one`;
    if (next < 0) return why === '' ? well : { isOpen: false, isWell: false, why, brokenBehind };
    at = next + delimiter.length;
    fields++;
    isQuoted = line.startsWith('"', at);
    if (isQuoted) at++;
  }
}

/** Where the quote stands that closes a field; -1 where none does. A quote is doubled in a field. */
function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2)) if (line[at + 1] !== '"') return at;
  return -1;
}

/** If one of the quotes of this line closed a field, how many fields would be behind that. */
export function fieldsBehindQuote(line: string, delimiter: string): number[] {
  const behind: number[] = [];
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) {
    const isClosing = isEnd(line, at + 1) || line.startsWith(delimiter, at + 1);
    if (isClosing) behind.push(line.slice(at + 1).split(delimiter).length - 1);
  }
  return behind;
}

function isEnd(line: string, at: number): boolean {
  return at === line.length || (at === line.length - 1 && line[at] === '\r');
}

function shown(line: string, at: number): string {
  const text = line.slice(at, at + 12).trimEnd();
  return `'${text}${at + 12 < line.length ? '…' : ''}'`;
}

// Which line of what Node prints, or of a stack, says what went wrong, and where.
import { arrayFind, arrayFindIndex, arrayFindLast, arrayFindLastIndex, arrayMap, arraySlice } from '../task/arrays.ts';

/** What Node adds around an uncaught error. */
const noise = /^(Node\.js v\d|\(Use `node --trace|\(node:\d+\) |\s+at |\s*$|\s*[{}\]]+,?$)/;
const frame = /^\s+at /;
const caret = /^\s*\^+\s*$/;
/** The head of Node's picture of the place: `file:///app/a.mjs:3`. */
const head = /^(\S.*):(\d+)$/;
/** Errors of the engine, and of Node before it runs JavaScript. */
const fatal =
  /^(FATAL ERROR: |# Fatal |Fatal |.*: bad option: |.*Assertion .*failed|.*: .* is not allowed in NODE_OPTIONS)/;
/** `TypeError: …`, `Error [ERR_X]: …`. */
const named = /^(Uncaught )?[A-Z][\w$.]*( \[\w+\])?: /;

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
}

/** The line with the error in what a worker wrote to its stderr before it ended, with the place in the user's code where Node shows it; the last line where none is known to be it. Undefined where nothing was written. */
export function errorLine(stderr: string): string | undefined {
  const lines = arrayMap(stderr.split('\n'), (line) => line.replace(/\r$/, ''));
  const fatalLine = arrayFind(lines, (line) => fatal.test(line));
  const caretAt = arrayFindLastIndex(lines, (line) => caret.test(line));
  const pictured = caretAt < 0 ? undefined : saidBelow(arraySlice(lines, caretAt + 1));
  if (pictured !== undefined && fatalLine === undefined)
    return withPlace(pictured.trim(), pictureAt(lines, caretAt) ?? frameAfter(lines, caretAt));
  if (fatalLine !== undefined) return fatalLine.trim();
  const thrownAt = arrayFindLastIndex(lines, (line, at) => named.test(line) && frame.test(lines[at + 1] ?? ''));
  if (thrownAt >= 0) return withPlace((lines[thrownAt] ?? '').trim(), frameAfter(lines, thrownAt));
  return (
    arrayFindLast(lines, (line) => !noise.test(line)) ?? arrayFindLast(lines, (line) => line.trim() !== '')
  )?.trim();
}

/** The error below a picture. In TypeScript that cannot be read the picture has more lines of code below the caret. What is no error, such as a thrown text, has no name. */
function saidBelow(lines: readonly string[]): string | undefined {
  return (
    arrayFind(lines, (line) => named.test(line)) ?? arrayFind(lines, (line) => line.trim() !== '' && !frame.test(line))
  );
}

/** Where an error comes from, `file:line:column`, as far as its stack says so; undefined where only Node is in it. */
export function placeOf(stack: unknown): string | undefined {
  if (typeof stack !== 'string') return undefined;
  const lines = stack.split('\n');
  const caretAt = arrayFindIndex(lines, (line) => caret.test(line));
  const place = caretAt < 0 ? frameAfter(lines, 0) : (pictureAt(lines, caretAt) ?? frameAfter(lines, caretAt));
  return place && shown(place);
}

/** Node's picture: the head, one or more lines of code, and the caret under the last of them. */
function pictureAt(lines: readonly string[], caretAt: number): Place | undefined {
  for (let at = caretAt - 2; at >= Math.max(0, caretAt - 5); at--) {
    const [, file, line] = head.exec(lines[at] ?? '') ?? [];
    if (file === undefined) continue;
    if (file.startsWith('node:')) return undefined;
    return { file, line: Number(line), column: (lines[caretAt] ?? '').indexOf('^') + 1 };
  }
  return undefined;
}

/** The first frame of a stack, where it is not one of Node's own. */
function frameAfter(lines: readonly string[], at: number): Place | undefined {
  const first = arrayFind(arraySlice(lines, at), (line) => frame.test(line));
  const [, file, line, column] = /^\s+at (?:.* \()?(.+?):(\d+):(\d+)\)?$/.exec(first ?? '') ?? [];
  if (file === undefined || file.startsWith('node:') || file.startsWith('async ')) return undefined;
  return { file, line: Number(line), column: Number(column) };
}

function withPlace(message: string, place: Place | undefined): string {
  return place === undefined ? message : `${message}, at ${shown(place)}`;
}

function shown({ file, line, column }: Place): string {
  return `${file}:${line}${column === undefined ? '' : `:${column}`}`;
}

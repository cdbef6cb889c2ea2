// Where a module that does not load has its syntax error. Node shows the place only as it ends; in a program that lives on, the
// error of an ES module names neither file nor line, and the file may be one that the module imports.
//
//     module --imports--> file --imports--> file ...    each is compiled again, and never run, until one has the same error
//
// The engine keeps the line with the error, and the inspector tells it.
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import types from 'node:util/types';

import { arrayShift } from '../task/arrays.ts';
import { define, isA, messageOf, nameOf, stackOf } from '../task/foreign.ts';

/** More files than this are not looked at. */
const mostFiles = 200;

/** There is no such module, so what begins with this compiles, but is never run. Without a line break, so that lines keep their numbers. */
const neverRun = "import 'node:polyloop-has-no-such-module';";

/** Counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * What to throw for an error with which this module failed to load. A syntax error without a place has it as the first frame of
 * its stack afterwards. Never throws itself.
 */
export async function placed(error: unknown, url: string): Promise<unknown> {
  try {
    if (!isSyntaxError(error)) return error;
    const stack = stackOf(error);
    const mistaken = isTakenForCommonJs(error) ? picturedFile(error) : undefined;
    if (mistaken !== undefined) return await realErrorIn(pathToFileURL(mistaken).href, error);
    if (!hasPlace(stack)) addPlace(error, await findIn(url, messageOf(error), positionOf(error)));
  } catch {
    // Then it stays as Node made it.
  }
  return error;
}

/**
 * What Node says of an ES module that it has tried as CommonJS: where its package says that it is, or where it may be of either
 * kind and has an error.
 */
export function isTakenForCommonJs(error: unknown): boolean {
  return otherKind.test(messageOf(error));
}

const otherKind = /^(?:Unexpected token 'export'|Cannot use (?:import statement|'import\.meta') outside a module)/;

/** The file of which Node shows the place of such an error, in front of its stack. */
export function picturedFile(error: Error): string | undefined {
  return /^(\S.*\.[jt]s):\d+\n/.exec(stackOf(error))?.[1];
}

async function realErrorIn(file: string, error: SyntaxError): Promise<SyntaxError> {
  const found = await errorIn((await sourceOf(file)) ?? '');
  if (found === undefined) return error;
  addPlace(found, shownPlace(file, inSource(positionOf(found))));
  return found;
}

function addPlace(error: SyntaxError, place: string | undefined): void {
  if (place === undefined) return;
  const stack = stackOf(error);
  const head = stack.indexOf('\n    at ');
  const end = head < 0 ? stack.length : head;
  define(error, 'stack', `${stack.slice(0, end)}\n    at ${place}${stack.slice(end)}`, false);
}

function shownPlace(file: string, position: Position | undefined): string | undefined {
  return position && `${file}:${position.line}:${position.column}`;
}

function isSyntaxError(error: unknown): error is SyntaxError {
  return types.isNativeError(error) && (isA(error, SyntaxError) || nameOf(error) === 'SyntaxError');
}

/** Node puts a picture of the place in front of some; what user code threw has frames of its own. */
function hasPlace(stack: string): boolean {
  return !stack.startsWith('SyntaxError') || /^ +at (?!.*node:|.*<anonymous>)/m.test(stack);
}

async function findIn(url: string, message: string, expected: Position | undefined): Promise<string | undefined> {
  const files = [url];
  const known = new Set(files);
  for (let left = mostFiles; left > 0; left--) {
    const file = arrayShift(files);
    if (file === undefined) return undefined;
    const source = await sourceOf(file);
    if (source === undefined) continue;
    const found = await errorIn(source);
    if (found !== undefined && messageOf(found) === message) {
      const position = inSource(positionOf(found));
      if (position !== undefined && isSame(position, expected)) return shownPlace(file, position);
    }
    for (const [, , specifier = ''] of source.matchAll(importing)) {
      const imported = urlOf(specifier, file);
      if (imported === undefined || known.has(imported)) continue;
      known.add(imported);
      files[files.length] = imported;
    }
  }
  return undefined;
}

/** What names a module in `import` and `export … from`; it may find more than there is, for it does not know what is a comment. */
const importing = /\b(?:import|from)\s*\(?\s*(['"])([^'"\n]+)\1/g;

function urlOf(specifier: string, from: string): string | undefined {
  const isPath = /^\.{0,2}\//.test(specifier) || specifier.startsWith('file:');
  return isPath && URL.canParse(specifier, from) ? new URL(specifier, from).href : undefined;
}

/** The text of an ES module as it is compiled; undefined where it cannot be read, or is something else. */
async function sourceOf(url: string): Promise<string | undefined> {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:' || !/\.[mc]?[jt]s$/.test(pathname)) return undefined;
  try {
    const text = (await readFile(new URL(url), 'utf8')).replace(/^#!/, '//');
    if (!/\.[mc]?ts$/.test(pathname)) return text;
    return withoutTypes(text);
  } catch {
    return undefined;
  }
}

/** Node warns that to strip types is experimental, which nobody here has asked for. */
function withoutTypes(text: string): string {
  const { stripTypeScriptTypes } = process.getBuiltinModule('node:module');
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

async function errorIn(source: string): Promise<SyntaxError | undefined> {
  try {
    await import(`data:text/javascript,${encodeURIComponent(neverRun + source)}`);
  } catch (error) {
    if (isSyntaxError(error)) return error;
  }
  return undefined;
}

function inSource(position: Position | undefined): Position | undefined {
  if (position?.line !== 1) return position;
  return { line: 1, column: position.column - neverRun.length };
}

function isSame(one: Position, other: Position | undefined): boolean {
  return other === undefined || (one.line === other.line && one.column === other.column);
}

/** Of the inspector's; both are counted from 0, and -1 where they are not known. */
interface Details {
  readonly lineNumber: number;
  readonly columnNumber: number;
}

const shown = Symbol.for('polyloop.shown');

/** Where the engine found an error in what it compiled. Undefined where there is no inspector, or where it is not allowed. */
function positionOf(error: SyntaxError): Position | undefined {
  const { Session } = process.getBuiltinModule('node:inspector') ?? {};
  if (Session === undefined) return undefined;
  const session = new Session();
  let position: Position | undefined;
  try {
    session.connect();
    define(globalThis, shown, error, false);
    // These are answered at once.
    session.post('Runtime.evaluate', { expression: `globalThis[Symbol.for('polyloop.shown')]` }, (failure, answer) => {
      const errorObjectId = failure === null ? answer.result.objectId : undefined;
      if (errorObjectId === undefined) return;
      session.post('Runtime.getExceptionDetails', { errorObjectId }, (why, found) => {
        const { exceptionDetails: details }: { exceptionDetails?: Details } = found ?? {};
        if (why === null && details !== undefined && details.lineNumber >= 0)
          position = { line: details.lineNumber + 1, column: details.columnNumber + 1 };
      });
    });
  } catch {
    // No inspector is allowed here.
  } finally {
    Reflect.deleteProperty(globalThis, shown);
    session.disconnect();
  }
  return position;
}

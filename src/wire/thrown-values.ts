// Thrown things that are no errors. Anything can be thrown: a WebSocket's ErrorEvent, a Response, an instance of some class. Data
// arrives as it is. An instance of a class would lose that, and often all that it says, so it arrives as an error that names it.
import { arrayFilter, arrayFlatMap, arrayIncludes, arrayJoin, arrayMap, arraySlice } from '../task/arrays.ts';
import { chainOf } from '../task/brands.ts';
import { define, isError, messageOf, read } from '../task/foreign.ts';
import { nameOf } from './refusals.ts';

const mostShown = 6;
const longestShown = 200;

/** An error that says what an object was that cannot arrive as itself. It has the properties of the object, so far as they say something. Never throws. */
export function asError(thrown: object, role: string): Error {
  const parts = new Map<string, unknown>();
  for (const key of keysOf(thrown)) {
    const part = read(thrown, key);
    if (part !== undefined) parts.set(key, part);
  }
  const name = nameSafely(thrown);
  const error = new Error(`${role} ${name}${said(parts)}`);
  const stack = parts.get('stack');
  // A stack of our own would say where it was packed.
  define(error, 'stack', typeof stack === 'string' ? stack : `Error: ${error.message}`, false);
  for (const [key, value] of parts) {
    if (key === 'message' || key === 'stack') continue;
    define(error, key, value, key !== 'cause');
  }
  const inner = parts.get('error');
  if (!parts.has('cause') && isError(inner)) define(error, 'cause', inner, false);
  return error;
}

/** What it says: its message, that of the error in it, or what it shows. */
function said(parts: ReadonlyMap<string, unknown>): string {
  const inner = parts.get('error');
  for (const text of [parts.get('message'), isError(inner) ? messageOf(inner) : undefined, parts.get('reason')])
    if (typeof text === 'string' && text !== '') return `: ${text}`;
  const shown = arrayMap(
    arraySlice(
      arrayFilter([...parts], ([, part]) => isTelling(part)),
      0,
      mostShown,
    ),
    ([key, part]) => `${key}: ${String(part).slice(0, longestShown)}`,
  );
  return shown.length === 0 ? '' : ` (${arrayJoin(shown, ', ')})`;
}

function isTelling(part: unknown): boolean {
  return (typeof part === 'string' && part !== '') || (typeof part === 'number' && part !== 0);
}

/** Own enumerable properties; where there are none, the accessors of the class that show simple values and errors. */
function keysOf(thrown: object): string[] {
  try {
    const own = Object.keys(thrown);
    if (own.length > 0) return own;
    return arrayFlatMap(chainOf(Object.getPrototypeOf(thrown) as object | null), (above) =>
      arrayMap(
        arrayFilter(
          Object.entries(Object.getOwnPropertyDescriptors(above)),
          ([key, { get }]) => get !== undefined && isSimple(read(thrown, key)),
        ),
        ([key]) => key,
      ),
    );
  } catch {
    return [];
  }
}

function isSimple(part: unknown): boolean {
  return isError(part) || arrayIncludes(['string', 'number', 'bigint', 'boolean'], typeof part);
}

function nameSafely(thrown: object): string {
  try {
    return nameOf(thrown) ?? 'object';
  } catch {
    return 'object that cannot be read';
  }
}

// Options are checked where they are given: a wrong type, a value out of range, and a name that nobody knows, with the
// one that was probably meant.
import { InvalidOptionError } from '../errors.ts';
import { arrayJoin, arrayMap } from '../task/arrays.ts';
import { text } from '../task/foreign.ts';

/** For each option: what it takes, where the value is not that; undefined where it is. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: (value: unknown) => string | undefined };

/**
 * The options that were given, without those that are inherited from `Object.prototype`, where a program may have put anything.
 * Throws {@link InvalidOptionError} for the first that is not right. An option that is undefined is one that was not given.
 */
export function checkOptions<Options extends object>(of: string, checks: Checks<Options>, options: Options): Options {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', `${of} takes an object of options; it was given ${show(options)}.`);
  }
  const known = Object.keys(checks);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) throw new InvalidOptionError(name, unknownName('option', name, known));
    if (value === undefined) continue;
    const takes = checks[name as keyof Options](value);
    if (takes !== undefined) throw new InvalidOptionError(name, `\`${name}\` ${takes}; it was given ${show(value)}.`);
  }
  return givenOf(options, known as (keyof Options)[]);
}

/** A copy with nothing but these properties, and without those that are inherited from `Object.prototype`. */
export function givenOf<Options extends object>(options: Options, names: readonly (keyof Options)[]): Options {
  const given = { __proto__: null } as unknown as Options;
  for (const name of names)
    if (Object.hasOwn(options, name) || (name in options && !(name in Object.prototype))) given[name] = options[name];
  return given;
}

/** "Unknown option `concurency`; did you mean `concurrency`?" */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const help =
    near === undefined
      ? `known are ${arrayJoin(
          arrayMap(known, (other) => `\`${other}\``),
          ', ',
        )}.`
      : `did you mean \`${near}\`?`;
  return `Unknown ${what} \`${name}\`; ${help}`;
}

export function isWholeNumber(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** The longest time that a timer of Node can wait. */
export const longestMs = 2 ** 31 - 1;

export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && (value === Infinity || (value >= 0 && value <= longestMs));
}

/** What an option takes for which {@link isDuration} is asked. */
export const takesDuration = `takes a number of milliseconds from 0 to ${longestMs}, or Infinity`;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (typeof value === 'string') return `'${value}' (string)`;
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  return `${text(value) ?? 'something that cannot be read'} (${typeof value})`;
}

function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const other of known) {
    const away = distance(name.toLowerCase(), other.toLowerCase());
    if (away < least) [best, least] = [other, away];
  }
  return best;
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next[next.length] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

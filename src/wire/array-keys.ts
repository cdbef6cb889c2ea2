// Own properties of arrays that are no elements: `index` of a match, or what somebody has set on a list of rows. They cross as
// the properties of any object. Most arrays have none, and to list the keys of a long one would take longer than to send it.
import { inspect } from 'node:util';

import { arrayFilter, arrayMap } from '../task/arrays.ts';

/** From this length on it is quicker to ask `inspect`, which skips the elements; no other public function does. */
const longForKeys = 40;
const elementsOnly = /^\[(?: \.\.\. \d+ more items? )?\]$/;
const options = { maxArrayLength: 0, maxStringLength: 0, depth: 0, customInspect: false } as const;

/** True where an array has nothing but elements. False says only that it needs a closer look. */
export function hasElementsOnly(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length >= longForKeys) return elementsOnly.test(inspect(array, options));
  // The keys of elements come first.
  const keys = Object.keys(array);
  const last = keys[keys.length - 1];
  return last === undefined || last === `${length - 1}` || isIndex(last);
}

const none: readonly string[] = [];

/** The names of the own properties of an array that are no elements. */
export function extraKeys(array: readonly unknown[]): readonly string[] {
  if (hasElementsOnly(array)) return none;
  return arrayFilter(Object.keys(array), (key) => !isIndex(key));
}

/** The keys of a long array's elements, which may have few. */
export function elementKeys(array: readonly unknown[]): number[] {
  return arrayMap(arrayFilter(Object.keys(array), isIndex), Number);
}

function isIndex(key: string): boolean {
  const at = Number(key) >>> 0;
  return at !== 2 ** 32 - 1 && String(at) === key;
}

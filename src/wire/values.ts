// Values on the wire. The structured clone carries data; three things it does not carry as themselves: instances of
// portable classes, errors, and Buffers and URLs. A value without any of these crosses as it is (PLAIN). Any other is
// packed: copied, with each special thing replaced by an empty object that stands for it, beside a list of what they are:
//
//     { root: { at: ①, tags: [...] }, specials: [ ['portable', ①, url, name, state], ... ] }
//
// The structured clone keeps identity, so ① is found again by `===`: nothing in a user's data can be taken for it, and cycles hold.
import { arrayMap } from '../task/arrays.ts';
import { hasElementsOnly } from './array-keys.ts';
import type { ChannelShape } from './channels.ts';
import { showsAll, viewPrototypes } from './memory.ts';
import type { ErrorRecord } from './thrown.ts';

export interface Packed {
  readonly root: unknown;
  readonly specials: Special[];
}

export type Special =
  | ['error', object, ErrorRecord]
  | ['portable', object, string, string, unknown, ErrorRecord | undefined]
  /** A Buffer or another view, of memory that holds its own bytes only (see memory.ts). */
  | ['buffer' | 'view', object, ArrayBufferView]
  | ['temporal', object, name: string, args: unknown[]]
  | ['url', object, string]
  | ['channel', object, number, ChannelShape];

/** Nesting beyond this is more than the structured clone of a smaller stack may be able to read. */
export const deep = 200;
/** Nesting beyond this is refused. The structured clone itself gives up, with less to say, at two or three thousand. */
export const tooDeep = 1_000;
/** Objects that `isPlain` looks at before it gives up on being cheap; it keeps no record of them, so this also ends cycles. */
const lookedAtMost = 2_000;

const leaves = new Set<object>(
  arrayMap([Date, RegExp, ArrayBuffer, SharedArrayBuffer], (type) => type.prototype as object),
);
for (const prototype of viewPrototypes) leaves.add(prototype);

/** Arrays of more elements may be sparse, and to walk along their length could take minutes. */
const long = 10_000_000;

/** What `looksPlain` has looked at, and about how many bytes that is. */
let looked = 0;
let bytes = 0;
let seen: Set<object> | undefined;
let list: object | undefined;

/**
 * About how many bytes a value is, where it can be given to the structured clone as it is. Cheap: it stops at the first thing
 * that needs packing. Undefined says only that it needs a closer look.
 *
 * @param before The objects in the message that it is for; those in it are added. The clone of a message keeps identity, so what
 *   stands in it twice would be one object for two tasks: it is not plain.
 * @param isList It is a list that polyloop has made, of arguments, so it has nothing but elements.
 */
export function plainSize(value: unknown, before?: Set<object>, isList = false): number | undefined {
  bytes = 0;
  if (typeof value !== 'object' || value === null) return partLooksPlain(value, 0) ? bytes : undefined;
  looked = 0;
  list = isList ? value : undefined;
  seen = before;
  try {
    return looksPlain(value, 0) ? bytes : undefined;
  } catch {
    // A getter or a proxy throws. The closer look will say where.
    return undefined;
  }
}

/** True where a value can be given to the structured clone as it is. False says only that it needs a closer look. */
export function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function' && typeof value !== 'symbol';
  return plainSize(value) !== undefined;
}

function looksPlain(value: object, depth: number): boolean {
  if (depth > deep || ++looked > lookedAtMost) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (seen !== undefined) {
    const { size } = seen;
    if (seen.add(leaves.has(prototype as object) ? memoryOf(value) : value).size === size) return false;
  }
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype || value.length > long) return false;
    // The clone would forget the class of what stands in a property of its own.
    if (value !== list && !hasElementsOnly(value)) return false;
    for (let at = 0; at < value.length; at++) {
      if (!partLooksPlain(value[at], depth)) return false;
    }
    return true;
  }
  if (prototype === Object.prototype || prototype === null) {
    // A loop over keys does not show it.
    if ((value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] !== undefined) return false;
    // A module has no prototype, but a tag.
    if (prototype === null && Object.hasOwn(value, Symbol.toStringTag)) return false;
    let isEmpty = true;
    for (const key in value) {
      isEmpty = false;
      bytes += 8;
      if (!partLooksPlain((value as Record<string, unknown>)[key], depth)) return false;
    }
    // `Math`, `Intl` and their like list nothing, but have a tag.
    return !isEmpty || !Object.hasOwn(value, Symbol.toStringTag);
  }
  if (prototype === Map.prototype) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      if (!partLooksPlain(key, depth) || !partLooksPlain(part, depth)) return false;
    }
    return true;
  }
  if (prototype === Set.prototype) {
    for (const part of value as Set<unknown>) if (!partLooksPlain(part, depth)) return false;
    return true;
  }
  // A view of a part must not bring the rest of its memory along, so its bytes are cut out.
  if (!leaves.has(prototype as object)) return false;
  if (ArrayBuffer.isView(value)) {
    bytes += value.byteLength;
    return showsAll(value);
  }
  bytes += (value as Partial<ArrayBuffer>).byteLength ?? 8;
  return true;
}

/** Views of the same memory are in one another's way as well. */
export function memoryOf(value: object): object {
  return ArrayBuffer.isView(value) ? value.buffer : value;
}

function partLooksPlain(part: unknown, depth: number): boolean {
  if (typeof part === 'object' && part !== null) return looksPlain(part, depth + 1);
  bytes += typeof part === 'string' ? part.length : 8;
  return typeof part !== 'function' && typeof part !== 'symbol';
}

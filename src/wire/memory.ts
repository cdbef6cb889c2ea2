// The bytes of a value. A view (typed array, DataView, Buffer) carries its own bytes and no others: the structured clone
// would send all of the memory behind it, which may be large, or, for a small Buffer, a slab with other requests' data.
//
//     memory    ├────────────────────────────────────────┤
//     views         ├──a──┤      ├──b──┤    ├c┤
//                             ├──d──┤
//     sent          [ a   ]   [ d + b  ]    [c]           three buffers; d and b still share theirs
//
// Views that overlap keep sharing memory. So do all views of a buffer that stands in the value itself, or of which one
// view shows the whole. Memory that is moved (`transfer`) and shared memory cross whole.
import types from 'node:util/types';

import { arrayEvery, arrayIncludes, arrayMap, arrayToSorted } from '../task/arrays.ts';
import { structuredClone } from '../task/platform.ts';
import type { Special } from './values.ts';

/** Why memory cannot cross. */
export type MemoryRefusal = string;

type ViewConstructor = new (memory: ArrayBufferLike, byteOffset: number, length?: number) => ArrayBufferView;

const typedArrays = new Map<string, ViewConstructor>();
for (const name of [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
]) {
  // Not every supported Node has a Float16Array.
  const type = (globalThis as Record<string, unknown>)[name];
  if (typeof type === 'function') typedArrays.set(name, type as never);
}

/** The prototypes of all views of this realm. */
export const viewPrototypes: readonly object[] = arrayMap(
  [DataView, ...typedArrays.values()],
  (type) => type.prototype as object,
);

const nameOfTypedArray = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

/** A view of the type of another one, also where that has a class or a realm of its own. */
function viewLike(like: ArrayBufferView, memory: ArrayBufferLike, byteOffset: number): ArrayBufferView {
  // A view of all of a resizable buffer nearly always follows its length. The engine does not say whether it does.
  const follows = (memory as ArrayBuffer).resizable && showsAll(like);
  if (types.isDataView(like)) return new DataView(memory, byteOffset, follows ? undefined : like.byteLength);
  const type = typedArrays.get(nameOfTypedArray.call(like) ?? '');
  if (type === undefined) throw new TypeError('it is a view of an unknown type');
  return new type(memory, byteOffset, follows ? undefined : (like as Uint8Array).length);
}

/** True where a view shows all of its memory, so that the structured clone sends nothing else. Throws for a view that its memory no longer reaches. */
export function showsAll(view: ArrayBufferView): boolean {
  return view.byteLength === view.buffer.byteLength;
}

/** A view of a part of its memory, whose bytes are cut out when all of the value is known. */
interface Part {
  readonly view: ArrayBufferView;
  readonly special: Extract<Special, ['buffer' | 'view', ...unknown[]]>;
}

interface MemoryOptions {
  /** What a transfer list takes along. */
  readonly moved: readonly object[];
  readonly sharesMemory: boolean;
  /** The objects in the message that it is for. */
  readonly before: Set<object> | undefined;
}

/** The memory in one value. */
export class Memories {
  /** The value holds memory by reference. */
  isReferred = false;
  /** A list of few, and mostly of none. */
  readonly #moved: readonly object[];
  readonly sharesMemory: boolean;
  readonly #before: Set<object> | undefined;
  /** Memory that crosses whole, and what crosses for it: itself, or a copy. */
  #whole: Map<ArrayBufferLike, ArrayBufferLike> | undefined;
  #parts: Map<ArrayBufferLike, Part[]> | undefined;

  constructor({ moved, sharesMemory, before }: MemoryOptions) {
    this.#moved = moved;
    this.sharesMemory = sharesMemory;
    this.#before = before;
  }

  /** Why memory, or the memory of a view, cannot cross. */
  whyNot(value: ArrayBufferView | ArrayBufferLike): MemoryRefusal | undefined {
    const memory = ArrayBuffer.isView(value) ? value.buffer : value;
    if (types.isSharedArrayBuffer(memory))
      return this.sharesMemory ? undefined : "it is shared memory, which only threads can share; use kind: 'thread'";
    if (memory.detached) return 'its memory was given away';
    try {
      void value.byteLength;
      return undefined;
    } catch {
      return 'its memory has shrunk and no longer reaches it';
    }
  }

  /** What crosses for memory that the value itself holds. */
  whole(memory: ArrayBufferLike): ArrayBufferLike {
    const known = this.#whole?.get(memory);
    if (known !== undefined) return known;
    const own = this.#isBefore(memory) ? structuredClone(memory) : memory;
    if (own === memory) this.isReferred = true;
    (this.#whole ??= new Map()).set(memory, own);
    return own;
  }

  /** What crosses for a view, if it crosses as it is. Undefined where it is to be described by a special, and given to {@link describe}. */
  asItIs(view: ArrayBufferView): ArrayBufferView | undefined {
    const memory = view.buffer;
    if (types.isSharedArrayBuffer(memory) || arrayIncludes(this.#moved, memory)) {
      this.isReferred = true;
      return view;
    }
    if (!showsAll(view)) return undefined;
    const own = this.whole(memory);
    return own === memory ? view : viewLike(view, own, view.byteOffset);
  }

  /** Fills in the bytes of a special for a view: at once, or in {@link finish}. */
  describe(view: ArrayBufferView, special: Part['special']): void {
    const memory = view.buffer;
    const crosses = this.asItIs(view);
    if (crosses !== undefined) {
      // As plain bytes: a Buffer that is cloned is one no longer.
      special[2] = types.isUint8Array(crosses)
        ? new Uint8Array(crosses.buffer, crosses.byteOffset, crosses.length)
        : crosses;
      return;
    }
    this.#parts ??= new Map();
    const parts = this.#parts.get(memory);
    if (parts === undefined) this.#parts.set(memory, [{ view, special }]);
    else parts[parts.length] = { view, special };
  }

  /** All of the value is known: gives each view of a part its bytes. */
  finish(): void {
    if (this.#parts === undefined) return;
    for (const [memory, parts] of this.#parts) {
      const whole = this.#whole?.get(memory);
      if (whole === undefined) for (const region of regionsOf(parts)) cutOut(memory, region);
      else for (const { view, special } of parts) special[2] = viewLike(view, whole, view.byteOffset);
    }
  }

  /** True where memory stands in the message already, of another value. */
  #isBefore(memory: ArrayBufferLike): memory is ArrayBuffer {
    if (this.#before === undefined || types.isSharedArrayBuffer(memory)) return false;
    if (this.#before.has(memory)) return true;
    this.#before.add(memory);
    return false;
  }
}

interface Region {
  readonly start: number;
  end: number;
  readonly parts: Part[];
}

/** The views that overlap, together. */
function regionsOf(parts: readonly Part[]): Region[] {
  const regions: Region[] = [];
  let last: Region | undefined;
  for (const part of arrayToSorted(parts, (one, other) => one.view.byteOffset - other.view.byteOffset)) {
    const { byteOffset: start, byteLength } = part.view;
    const end = start + byteLength;
    if (last !== undefined && start < last.end) {
      last.end = Math.max(last.end, end);
      last.parts[last.parts.length] = part;
    } else regions[regions.length] = last = { start, end, parts: [part] };
  }
  return regions;
}

const largestElement = 8;

/** Copies the bytes of a region, and makes its views anew on the copy. */
function cutOut(memory: ArrayBufferLike, { start, end, parts }: Region): void {
  const isAligned = arrayEvery(parts, ({ view }) => (view.byteOffset - start) % elementBytes(view) === 0);
  // The elements of a typed array must be aligned; zeros in front of the region bring that about.
  const padding = isAligned ? 0 : start % largestElement;
  const bytes = new Uint8Array(padding + end - start);
  bytes.set(new Uint8Array(memory, start, end - start), padding);
  for (const { view, special } of parts) special[2] = viewLike(view, bytes.buffer, padding + view.byteOffset - start);
}

function elementBytes(view: ArrayBufferView): number {
  return (view as { readonly BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
}

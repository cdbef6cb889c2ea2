// Packing: the closer look at a value. It copies, replaces what the structured clone would not carry, and says by its
// path what cannot cross at all.
import types from 'node:util/types';

import { NotSerializableError } from '../errors.ts';
import { arrayFindIndex, arrayJoin, arrayPop, arrayPush, arraySplice } from '../task/arrays.ts';
import { entriesOf, isPlainPrototype, membersOf } from '../task/brands.ts';
import { define, isA, isError, messageOf, nameOf } from '../task/foreign.ts';
import { realm } from '../task/realm.ts';
import { elementKeys, extraKeys } from './array-keys.ts';
import { isAsyncIterable, shapeOf, type ChannelSource } from './channels.ts';
import { namespaceOf, textOf, whyNoNamespace, whyNot, whyNotPortable } from './refusals.ts';
import { isCause, shownKey, step } from './paths.ts';
import { platformSpecial } from './platform-values.ts';
import { asError } from './thrown-values.ts';
import { isWebAssemblyModule, whyNotOverProcesses } from './web-assembly.ts';
import { describeError, type ErrorRecord } from './thrown.ts';
import { Memories } from './memory.ts';
import { givenOf, nothing, type PackOptions, type PackSettings } from './pack-options.ts';
import { deep, tooDeep, type Packed, type Special } from './values.ts';

/** Arrays of more elements are taken for sparse ones: their keys are walked, not their length. */
const longest = 10_000_000;

/** A value made ready for the wire: a copy that later changes of the original do not reach, but for the bytes of buffers. */
export interface Encoded {
  readonly isPacked: boolean;
  readonly body: unknown;
  /** It may be more than the other end can decode, so it must not share a message. */
  readonly apart: boolean;
  /** It holds buffers, by reference: send it before anyone writes to them. */
  readonly hasBytes: boolean;
  /** What of it is read while the task runs; its channels are counted from 1. */
  readonly channels: readonly ChannelSource[];
}

/** Copies and packs a value. Throws {@link NotSerializableError} with the path of what cannot cross, starting at `name`. */
export function pack(value: unknown, name: string, options: PackOptions): Encoded {
  const given = givenOf(options);
  const packer = new Packer(name, given);
  const root = packer.pack(value);
  const isPacked = packer.specials.length > 0;
  return {
    isPacked,
    body: isPacked ? { root, specials: packer.specials } : root,
    apart: packer.isDeep || given.moved !== nothing || packer.channels.length > 0,
    hasBytes: packer.memories.isReferred,
    channels: packer.channels,
  };
}

/** A thrown thing, or the reason of a cancellation. It always arrives: what of it cannot cross is replaced by its text. */
export function packThrown(thrown: unknown, role?: string): Packed {
  const packer = new Packer('error', { ...ofThrown, role: role ?? ofThrown.role });
  return { root: packer.pack(thrown), specials: packer.specials };
}

const ofThrown = givenOf({ whole: false, sharesMemory: false });
const noView = new Uint8Array(0);

class Packer {
  readonly specials: Special[] = [];
  isDeep = false;
  readonly memories: Memories;
  readonly channels: ChannelSource[] = [];
  readonly #takesChannels: boolean;
  readonly #copies = new Map<object, unknown>();
  readonly #path: string[];
  readonly #role: string;
  #whole: boolean;

  constructor(name: string, { whole, moved, sharesMemory, before, takesChannels, role }: PackSettings) {
    this.#takesChannels = takesChannels;
    this.#role = role;
    this.#path = [name];
    this.#whole = whole;
    this.memories = new Memories({ moved, sharesMemory, before });
    // Between processes nothing moves but the bytes of buffers, and these are copied.
    for (const object of moved) if (sharesMemory || types.isArrayBuffer(object)) this.#copies.set(object, object);
  }

  /** Copies and packs a whole value. Throws nothing but {@link NotSerializableError}, and nothing at all where it need not be whole. */
  pack(value: unknown): unknown {
    try {
      const root = this.visit(value, 0);
      this.memories.finish();
      return root;
    } catch (error) {
      if (isA(error, NotSerializableError)) throw error;
      return this.#refuse(undefined, `reading it throws (${messageOf(error)})`, error);
    }
  }

  visit(value: unknown, depth: number): unknown {
    if (typeof value === 'function') {
      const name = nameOf(value);
      return this.#refuse(value, `it is a function${name === undefined ? '' : ` (\`${name}\`)`}`);
    }
    if (typeof value === 'symbol') return this.#refuse(value, `it is a symbol (${String(value)})`);
    if (typeof value !== 'object' || value === null) return value;
    const copy = this.#copies.get(value);
    if (copy !== undefined) return copy;
    if (depth > deep) {
      this.isDeep = true;
      if (depth > tooDeep) return this.#refuse(value, `it is nested more than ${tooDeep} deep`);
    }
    if (this.#whole) return this.#object(value, depth);
    try {
      return this.#object(value, depth);
    } catch (error) {
      return this.#unreadable(value, error);
    }
  }

  #object(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#array(value, depth);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== null && !isPlainPrototype(prototype)) return this.#other(value, prototype, depth);
    if (prototype === null && types.isExternal(value)) return this.#refuse(value, 'it is a handle of native code');
    const namespace = namespaceOf(value);
    if (namespace !== undefined) return this.#refuse(value, `it is ${namespace}, ${whyNoNamespace}`);
    if (isAsyncIterable(value)) return this.#channel(value, depth);
    return this.#properties(value, this.#remember(value, {}), depth);
  }

  /** A trap of a proxy throws, or it is revoked. Only this part of what was thrown is replaced. */
  #unreadable(value: object, error: unknown): string {
    const at = arrayFindIndex(this.specials, (special) => special[1] === this.#copies.get(value));
    if (at >= 0) arraySplice(this.specials, at, 1);
    const shown = `[unreadable: ${messageOf(error)}]`;
    this.#copies.set(value, shown);
    return shown;
  }

  #other(value: object, prototype: object, depth: number): unknown {
    const portable = realm.portablesByPrototype.get(prototype);
    if (portable !== undefined) {
      const why = portable.take === undefined && !portable.isError ? whyNotPortable(value, portable.name) : undefined;
      if (why !== undefined) return this.#refuse(value, why);
      const stand = this.#remember(value, {});
      const special: Special = ['portable', stand, portable.url, portable.name, undefined, undefined];
      this.specials[this.specials.length] = special;
      if (portable.take !== undefined) special[4] = this.#at('[toWire]()', () => portable.take?.(value), depth);
      else if (!portable.isError) special[4] = this.#properties(value, {}, depth);
      if (portable.isError) special[5] = this.#error(value as Error, depth);
      return stand;
    }
    if (isError(value)) {
      const stand = this.#remember(value, {});
      const special: Special = ['error', stand, undefined as never];
      this.specials[this.specials.length] = special;
      special[2] = this.#error(value, depth);
      return stand;
    }
    if (types.isMap(value)) return this.#map(value, depth);
    if (types.isSet(value)) return this.#set(value, depth);
    if (types.isArrayBufferView(value)) return this.#view(value);
    if (types.isAnyArrayBuffer(value)) {
      const why = this.memories.whyNot(value);
      return why === undefined ? this.#remember(value, this.memories.whole(value)) : this.#refuse(value, why);
    }
    if (types.isSymbolObject(value)) return this.#refuse(value, 'it is a symbol');
    // Copied as well, or two tasks of one message would have the same one.
    if (types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value))
      return this.#remember(value, structuredClone(value));
    const special = platformSpecial(value);
    if (special !== undefined) {
      this.specials[this.specials.length] = special;
      return this.#remember(value, special[1]);
    }
    if (isWebAssemblyModule(value))
      return this.memories.sharesMemory ? this.#remember(value, value) : this.#refuse(value, whyNotOverProcesses);
    if (this.#takesChannels && shapeOf(value) !== undefined) return this.#channel(value, depth);
    if (!this.#whole && depth === 0) return this.visit(asError(value, this.#role), depth);
    const why = whyNot(value, prototype);
    if (why === undefined) return this.#properties(value, this.#remember(value, {}), depth);
    const isTold = !this.#whole && isCause(this.#path);
    return isTold ? this.visit(asError(value, this.#role), depth) : this.#refuse(value, why);
  }

  /** Something that is read while the task runs. */
  #channel(value: object, depth: number): unknown {
    const shape = this.#takesChannels ? shapeOf(value) : undefined;
    if (shape === undefined)
      return this.#refuse(value, 'it is an async iterable, which only arguments can be; collect its values first');
    const stand = this.#remember(value, {});
    const channel = arrayPush(this.channels, { source: value, shape, path: arrayJoin(this.#path, '') });
    this.specials[this.specials.length] = ['channel', stand, channel, shape];
    if (shape.kind !== 'signal' || shape.aborted === undefined) return stand;
    // As with a thrown thing: what of a reason cannot cross is replaced by its text.
    const wasWhole = this.#whole;
    this.#whole = false;
    shape.aborted[0] = this.#at('.reason', () => (value as AbortSignal).reason as unknown, depth);
    this.#whole = wasWhole;
    return stand;
  }

  #view(value: ArrayBufferView): unknown {
    const why = this.memories.whyNot(value);
    if (why !== undefined) return this.#refuse(value, why);
    const isBuffer = Buffer.isBuffer(value);
    if (!isBuffer) {
      const crosses = this.memories.asItIs(value);
      if (crosses !== undefined) return this.#remember(value, crosses);
    }
    const stand = this.#remember(value, {});
    const special: Special = [isBuffer ? 'buffer' : 'view', stand, noView];
    this.specials[this.specials.length] = special;
    this.memories.describe(value, special);
    return stand;
  }

  #array(value: readonly unknown[], depth: number): unknown[] {
    const copy = this.#remember(value, Array.from<unknown>({ length: 0 }));
    copy.length = value.length;
    if (value.length <= longest) for (let at = 0; at < value.length; at++) this.#element(value, copy, at, depth);
    else for (const at of elementKeys(value)) this.#element(value, copy, at, depth);
    // `index` of a match, for instance.
    for (const key of extraKeys(value)) this.#property(value, copy as never, key, depth);
    return copy;
  }

  #element(value: readonly unknown[], copy: unknown[], at: number, depth: number): void {
    const part = value[at];
    if (typeof part === 'object' || typeof part === 'function' || typeof part === 'symbol') {
      this.#path[this.#path.length] = `[${at}]`;
      copy[at] = this.visit(part, depth + 1);
      arrayPop(this.#path);
    } else if (part !== undefined || at in value) copy[at] = part;
  }

  #map(value: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    const copy = this.#remember(value, new Map<unknown, unknown>());
    for (const [key, part] of entriesOf(value)) {
      const name = shownKey(key);
      this.#path[this.#path.length] = `.key(${name})`;
      const copiedKey = this.visit(key, depth + 1);
      arrayPop(this.#path);
      this.#path[this.#path.length] = `.get(${name})`;
      copy.set(copiedKey, this.visit(part, depth + 1));
      arrayPop(this.#path);
    }
    return copy;
  }

  #set(value: Set<unknown>, depth: number): Set<unknown> {
    const copy = this.#remember(value, new Set<unknown>());
    let at = 0;
    for (const part of membersOf(value)) {
      this.#path[this.#path.length] = `.values()[${at++}]`;
      copy.add(this.visit(part, depth + 1));
      arrayPop(this.#path);
    }
    return copy;
  }

  #properties(
    value: object,
    copy: Record<string, unknown>,
    depth: number,
    skip?: ReadonlySet<string>,
  ): Record<string, unknown> {
    for (const key of Object.keys(value)) if (skip?.has(key) !== true) this.#property(value, copy, key, depth);
    return copy;
  }

  #property(value: object, copy: Record<string, unknown>, key: string, depth: number): void {
    const part = this.#at(step(key), () => (value as Record<string, unknown>)[key], depth);
    // An inherited property of that name, `__proto__` or what a program has added, may have a setter, or be read-only.
    if (key in copy) define(copy, key, part);
    else copy[key] = part;
  }

  #at(pathStep: string, read: () => unknown, depth: number): unknown {
    this.#path[this.#path.length] = pathStep;
    let part: unknown;
    try {
      part = read();
    } catch (error) {
      part = this.#refuse(undefined, `reading it throws (${messageOf(error)})`, error);
    }
    const copy = this.visit(part, depth + 1);
    arrayPop(this.#path);
    return copy;
  }

  /** An error is told by what it says; what hangs on it comes along as far as it can cross. */
  #error(error: Error, depth: number): ErrorRecord {
    const wasWhole = this.#whole;
    this.#whole = false;
    const { record, hidden, hiddenKeys } = describeError(error);
    for (const [key, part] of hidden) record.hidden[key] = this.#at(step(key), () => part, depth);
    this.#properties(error, record.properties, depth, hiddenKeys);
    this.#whole = wasWhole;
    return record;
  }

  #remember<T>(original: object, copy: T): T {
    this.#copies.set(original, copy);
    return copy;
  }

  #refuse(value: unknown, why: string, cause?: unknown): unknown {
    if (!this.#whole) return value === undefined ? `[${why}]` : textOf(value);
    throw new NotSerializableError(arrayJoin(this.#path, ''), why, cause === undefined ? undefined : { cause });
  }
}

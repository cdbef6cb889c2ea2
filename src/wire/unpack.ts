// Unpacking: puts each special thing back where its stand-in was. The decoded copy is ours alone, so it is changed in place.
import types from 'node:util/types';

import { NotSerializableError, PolyloopBugError } from '../errors.ts';
import { arrayMap } from '../task/arrays.ts';
import { define, messageOf } from '../task/foreign.ts';
import { allOf, promiseThen } from '../task/platform.ts';
import { portableKey, type PortableClass } from '../task/portable.ts';
import { realm } from '../task/realm.ts';
import type { ChannelEnds } from './channels.ts';
import type { ModuleLoader } from './module-loader.ts';
import { makePlatformValue } from './platform-values.ts';
import { blankError, checkRecord, fillError } from './thrown.ts';
import type { Packed, Special } from './values.ts';

/** The classes whose modules must be loaded before unpacking can succeed, for nobody registered them here yet: a name for each module. */
function missingModules(body: unknown): Map<string, string> {
  const missing = new Map<string, string>();
  for (const special of (body as Packed).specials) {
    if (special[0] !== 'portable') continue;
    const [, , url, name] = special;
    if (typeof url !== 'string' || typeof name !== 'string') throw new TypeError('a class has no name');
    if (!realm.portablesByIdentity.has(portableKey(url, name))) missing.set(url, name);
  }
  return missing;
}

/** The value that was packed. Throws {@link NotSerializableError} where an instance cannot be made again. */
function unpack(body: unknown, name: string, ends: ChannelEnds | undefined): unknown {
  return new Unpacker(body as Packed, name, ends).run();
}

/**
 * Unpacks at once where every class is known here; otherwise loads their modules first, if `modules` allows that. Without
 * `onError` the error is the value. `ends` makes the receiving ends of channels, where there may be some.
 */
export function whenUnpacked(
  body: unknown,
  name: string,
  modules: ModuleLoader,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void = onValue,
  ends?: ChannelEnds,
): void {
  let missing: Map<string, string>;
  try {
    missing = missingModules(body);
  } catch (cause) {
    onError(new NotSerializableError(name, `it is not what polyloop packs (${messageOf(cause)})`, { cause }));
    return;
  }
  if (missing.size === 0) {
    unpackNow(body, name, onValue, onError, ends);
    return;
  }
  // All are asked about before any is loaded.
  for (const [url, className] of missing) {
    const why = modules.whyNot(url);
    if (why === undefined) continue;
    const held = `it holds an instance of the portable class \`${short(className)}\` of ${short(url)}`;
    onError(new NotSerializableError(name, `${held}, and ${why}.`));
    return;
  }
  void promiseThen(
    allOf(arrayMap([...missing.keys()], (url) => modules.load(url))),
    () => unpackNow(body, name, onValue, onError, ends),
    (cause: unknown) => {
      const why = messageOf(cause);
      onError(
        new NotSerializableError(name, `the module of a portable class in it does not load here (${why})`, { cause }),
      );
    },
  );
}

/** A \`data:\` URL can be as long as it likes. */
function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function unpackNow(
  body: unknown,
  name: string,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
  ends: ChannelEnds | undefined,
): void {
  let value: unknown;
  try {
    value = unpack(body, name, ends);
  } catch (error) {
    onError(error);
    return;
  }
  onValue(value);
}

class Unpacker {
  readonly #packed: Packed;
  readonly #name: string;
  readonly #specials = new Map<object, Special>();
  readonly #made = new Map<object, unknown>();
  readonly #making = new Set<object>();
  readonly #seen = new Set<object>();

  readonly #ends: ChannelEnds | undefined;

  constructor(packed: Packed, name: string, ends: ChannelEnds | undefined) {
    this.#ends = ends;
    this.#packed = packed;
    this.#name = name;
    for (const special of packed.specials) this.#specials.set(special[1], special);
  }

  run(): unknown {
    return this.#visit(this.#packed.root);
  }

  #visit(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const special = this.#specials.get(value);
    if (special !== undefined) return this.#make(value, special);
    if (this.#seen.has(value)) return value;
    this.#seen.add(value);
    if (types.isMap(value)) this.#visitMap(value);
    else if (types.isSet(value)) this.#visitSet(value);
    else if (!ArrayBuffer.isView(value)) this.#visitProperties(value);
    return value;
  }

  #visitProperties(value: object): void {
    for (const key of Object.keys(value)) {
      const part = (value as Record<string, unknown>)[key];
      if (typeof part !== 'object' || part === null) continue;
      const visited = this.#visit(part);
      // Not by assignment: a key may be `__proto__`.
      if (visited !== part) define(value, key, visited);
    }
  }

  #visitMap(value: Map<unknown, unknown>): void {
    const entries = [...value];
    value.clear();
    for (const [key, part] of entries) value.set(this.#visit(key), this.#visit(part));
  }

  #visitSet(value: Set<unknown>): void {
    const parts = [...value];
    value.clear();
    for (const part of parts) value.add(this.#visit(part));
  }

  #make(stand: object, special: Special): unknown {
    const made = this.#made.get(stand);
    if (made !== undefined) return made;
    switch (special[0]) {
      case 'buffer': {
        const bytes = special[2];
        if (!types.isUint8Array(bytes)) throw new TypeError('a Buffer is made of something that is no bytes');
        return this.#keep(stand, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      }
      case 'view': {
        if (!types.isArrayBufferView(special[2])) throw new TypeError('a view is made of something that is none');
        return this.#keep(stand, special[2]);
      }
      case 'temporal':
      case 'url':
        return this.#keep(stand, makePlatformValue(special));
      case 'error': {
        checkRecord(special[2]);
        const error = this.#keep(stand, blankError(special[2]));
        this.#finishError(error, special[2]);
        return error;
      }
      case 'portable':
        return this.#makePortable(stand, special);
      case 'channel':
        return this.#openChannel(stand, special);
      default:
        throw new PolyloopBugError(`a value of the unknown kind '${String(special[0])}' was packed`);
    }
  }

  #openChannel(stand: object, [, , channel, shape]: Extract<Special, ['channel', ...unknown[]]>): object {
    if (this.#ends === undefined) throw new NotSerializableError(this.#name, 'it holds a channel that nobody feeds');
    const end = this.#keep(stand, this.#ends.open(channel, shape));
    if (shape.kind === 'signal' && shape.aborted !== undefined)
      this.#ends.abort(channel, this.#visit(shape.aborted[0]));
    return end;
  }

  #makePortable(stand: object, special: Extract<Special, ['portable', ...unknown[]]>): object {
    const [, , url, name, state, record] = special;
    if (record !== undefined) checkRecord(record);
    const portable = realm.portablesByIdentity.get(portableKey(url, name));
    if (portable === undefined) {
      throw new NotSerializableError(
        this.#name,
        `loading ${url} registers no portable class \`${name}\` here; call portable() in the module itself`,
      );
    }
    if (record !== undefined && !portable.isError)
      throw new TypeError(`an instance of \`${name}\`, which is no error, is described as one`);
    if (portable.make !== undefined) {
      // A state that leads back to its own instance could never be complete: the second visit finds nothing made yet.
      if (this.#making.has(stand)) {
        throw new NotSerializableError(
          this.#name,
          `the state that [toWire]() of \`${name}\` returns leads back to the instance itself`,
        );
      }
      this.#making.add(stand);
      const instance = this.#keep(stand, this.#fromWire(portable, this.#visit(state)));
      if (record !== undefined) define(instance, 'stack', record.stack, false);
      return instance;
    }
    const instance = this.#keep(stand, portable.blank());
    if (record === undefined) this.#assign(instance, state as object);
    else this.#finishError(instance as Error, record);
    return instance;
  }

  #fromWire(portable: PortableClass, state: unknown): object {
    try {
      return portable.make?.(state) as object;
    } catch (cause) {
      const why = messageOf(cause);
      throw new NotSerializableError(this.#name, `static [fromWire] of \`${portable.name}\` threw (${why})`, { cause });
    }
  }

  #assign(instance: object, state: object): void {
    for (const key of Object.keys(state)) {
      define(instance, key, this.#visit((state as Record<string, unknown>)[key]));
    }
  }

  #finishError(error: Error, record: Parameters<typeof fillError>[1]): void {
    this.#visitProperties(record.hidden);
    this.#visitProperties(record.properties);
    fillError(error, record);
  }

  #keep<T>(stand: object, made: T): T {
    this.#made.set(stand, made);
    return made;
  }
}

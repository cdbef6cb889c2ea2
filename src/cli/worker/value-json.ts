// What a function returned, as JSON. `JSON.stringify` writes much of what it cannot hold as `{}` or as `null`, or leaves it out,
// and nobody hears of it. So a value is looked through first: it is written whole, or its input has failed.
import types from 'node:util/types';

import { rawJson } from '../json.ts';
import { errorParts, isError } from './error-json.ts';
import { mostWritten, tooLarge, UnwritableError } from './unwritable.ts';

/**
 * A value as JSON; undefined for undefined. `writesBigInts`: a BigInt is written as the number that it is. Throws an {@link UnwritableError} that names what in it JSON has no form for, and whatever its getters
 * and its `toJSON` throw.
 */
export function valueJson(value: unknown, writesBigInts = false): string | undefined {
  if (typeof value === 'string') {
    if (value.length > mostWritten) throw tooLarge('value');
    return JSON.stringify(value);
  }
  const json = written(new Look(writesBigInts).through(value));
  if (json !== undefined && json.length > mostWritten) throw tooLarge('value');
  return json;
}

function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Longer than a text can be.
    throw error instanceof RangeError ? tooLarge('value') : error;
  }
}

/** What has no form in JSON by itself, and a word on what to return in its place. */
const opaque: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ArrayBuffer: 'Return new Uint8Array(buffer), or a text in base64.',
    AsyncGenerator: 'Return the generator itself, or the values that it yields.',
    Blob: 'Return await blob.text().',
    DataView: 'Return new Uint8Array(view.buffer), or a text in base64.',
    File: 'Return await file.text().',
    FormData: 'Return Object.fromEntries(form).',
    Generator: 'Return the generator itself, or the values that it yields.',
    Headers: 'Return Object.fromEntries(headers).',
    Promise: 'Await it.',
    RegExp: 'Return String(pattern).',
    Request: 'Return what you need of it: request.url, await request.text().',
    Response: 'Return what you need of it: response.status, await response.json().',
    SharedArrayBuffer: 'Return new Uint8Array(buffer), or a text in base64.',
    URLSearchParams: 'Return String(params), or Object.fromEntries(params).',
    WeakMap: 'Return a Map, or an array.',
    WeakRef: 'Return what deref() gives.',
    WeakSet: 'Return a Set, or an array.',
  }),
);

/** From this depth on it is looked whether a value stands in itself. */
const deep = 64;

/** One look through one value. */
class Look {
  /** Where it is: the keys that lead there, and the objects that they are of. */
  readonly #keys: (string | number)[] = [];
  readonly #parents: object[] = [];
  /** Characters that will be written at the least. */
  #size = 0;
  readonly #writesBigInts: boolean;

  constructor(writesBigInts: boolean) {
    this.#writesBigInts = writesBigInts;
  }

  /** The value itself, or in its place another of which `JSON.stringify` writes all. */
  through(value: unknown): unknown {
    try {
      return this.#formOf(value);
    } catch (error) {
      if (!(error instanceof RangeError) || !/call stack/i.test(error.message)) throw error;
      throw new UnwritableError('value', 'is nested too deeply to be written as JSON.');
    }
  }

  #formOf(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        this.#count(value.length);
        return value;
      case 'number':
        if (!Number.isFinite(value)) this.#refuse(`is ${value}, which JSON does not have. Return null, or a text.`);
        return value;
      case 'object':
        return value === null ? null : this.#formOfObject(value);
      case 'function':
      case 'bigint':
        return this.#formOfRare(value);
      case 'symbol':
        return this.#refuse('is a symbol, which JSON does not have.');
      case 'boolean':
      case 'undefined':
      default:
        return value;
    }
  }

  /** Most parts are; they are seen here at once. */
  #isSimple(part: unknown): boolean {
    if (typeof part === 'string') this.#count(part.length);
    else if (typeof part === 'number') return Number.isFinite(part);
    else return part === null || typeof part === 'boolean';
    return true;
  }

  #formOfRare(value: unknown): unknown {
    const own = (value as { readonly toJSON?: unknown }).toJSON;
    if (isFunction(own)) return this.#formOfItsOwn(value, own);
    if (typeof value === 'function') return this.#refuse('is a function, which JSON does not have.');
    if (typeof value === 'bigint' && this.#writesBigInts) return rawJson(String(value));
    return this.#refuse(
      `is the BigInt ${shortened(String(value))}n, which JSON does not have. Return String() of it, or run with --big-numbers bigint.`,
    );
  }

  #formOfObject(value: object): unknown {
    if (this.#parents.length > deep) this.#refuseCycle(value);
    this.#parents.push(value);
    const form = this.#formOfParts(value);
    this.#parents.pop();
    return form;
  }

  #formOfParts(value: object): unknown {
    if (types.isDate(value) && Number.isNaN(Date.prototype.getTime.call(value)))
      this.#refuse('is an invalid Date, which would be written as null.');
    const own = (value as { readonly toJSON?: unknown }).toJSON;
    if (isFunction(own)) return this.#formOfItsOwn(value, own);
    if (Array.isArray(value)) return this.#formOfList(value);
    return isPlain(value) ? this.#formOfRecord(value) : this.#formOfInstance(value);
  }

  /** As the value wants to be written. What comes of it is not asked again. */
  #formOfItsOwn(value: unknown, toJSON: (...args: unknown[]) => unknown): unknown {
    const form: unknown = toJSON.call(value, String(this.#keys.at(-1) ?? ''));
    if (typeof form !== 'object' || form === null) return this.#formOf(form);
    if (Array.isArray(form)) return this.#formOfList(form);
    // A copy, for it may have a `toJSON` as well: often it is the same object.
    return isPlain(form) || form === value ? { ...this.#formOfRecord(form) } : this.#formOfInstance(form);
  }

  #formOfList(list: readonly unknown[]): unknown {
    let copy: unknown[] | undefined;
    this.#count(list.length + 2);
    for (let at = 0; at < list.length; at++) {
      const part = list[at];
      if (this.#isSimple(part)) {
        copy?.push(part);
        continue;
      }
      this.#keys.push(at);
      const form = this.#formOf(part);
      if (form === undefined) this.#refuse('is undefined, which would be written as null in an array. Return null.');
      this.#keys.pop();
      if (form !== part) copy ??= list.slice(0, at);
      copy?.push(form);
    }
    return copy ?? list;
  }

  #formOfRecord(record: object): object {
    let copy: Record<string, unknown> | undefined;
    this.#count(2);
    for (const key of Object.keys(record)) {
      const part = (record as Record<string, unknown>)[key];
      this.#count(key.length + 3);
      if (this.#isSimple(part)) continue;
      this.#keys.push(key);
      const form = this.#formOf(part);
      this.#keys.pop();
      if (form === part) continue;
      copy ??= { ...record } as Record<string, unknown>;
      copy[key] = form;
    }
    return copy ?? record;
  }

  #formOfInstance(value: object): unknown {
    if (types.isMap(value) || types.isSet(value)) return this.#formOfList(Array.from<unknown>(value));
    if (isError(value)) return errorParts(value);
    if (types.isTypedArray(value)) return this.#formOfList(Array.from(value as Iterable<unknown>));
    if (types.isBoxedPrimitive(value)) return this.#formOf(value.valueOf());
    const tag = tagOf(value);
    const isOpaque = opaque.has(tag) || tag.endsWith('Event');
    if (!isOpaque && Object.keys(value).length > 0) return this.#formOfRecord(value);
    const hint = opaque.get(tag) ?? 'Return what you need of it, or give its class a toJSON().';
    return this.#refuse(`is ${withArticle(classOf(value))}, of which JSON would have nothing. ${hint}`);
  }

  /** What is so large cannot be written, and need not be looked through to its end. */
  #count(size: number): void {
    this.#size += size + 1;
    if (this.#size > mostWritten) throw tooLarge('value');
  }

  #refuseCycle(value: object): void {
    const first = this.#parents.indexOf(value);
    if (first < 0) return;
    const again = this.#parents.indexOf(value, first + 1);
    const to = again < 0 ? this.#parents.length : again;
    throw new UnwritableError(
      pathOf(this.#keys.slice(0, to)),
      `is ${pathOf(this.#keys.slice(0, first))} again: a value that holds itself has no end in JSON.`,
    );
  }

  #refuse(why: string): never {
    throw new UnwritableError(pathOf(this.#keys), why);
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

/** An object and nothing else, of whatever realm. */
function isPlain(value: object): boolean {
  const above: unknown = Object.getPrototypeOf(value);
  if (above === Object.prototype || above === null) return true;
  return Object.getPrototypeOf(above) === null && Object.hasOwn(above as object, 'isPrototypeOf');
}

/** What the platform calls it. The classes themselves are not asked for: to name `Response` loads an HTTP client. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function classOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' || name === 'Object' ? tagOf(value) : name;
}

function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

const longestPath = 200;
const isName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function pathOf(keys: readonly (string | number)[]): string {
  const parts = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return isName.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  const path = `value${parts.join('')}`;
  return path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

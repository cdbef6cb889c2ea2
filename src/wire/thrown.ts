// Errors on the wire: class, name, message, stack, own properties, `cause`, `errors`. The structured clone keeps half of
// that, and only for the classes it knows.
import * as ours from '../errors.ts';
import { arrayEvery, arrayFilter, arrayJoin, arrayMap, arrayPush } from '../task/arrays.ts';
import { chainOf, classOf, isNative, ownAccessor } from '../task/brands.ts';
import { define, messageOf, read, stackOf, text, withPlainStacks } from '../task/foreign.ts';
import { isOwnLine } from '../task/own-files.ts';

export interface ErrorRecord {
  /** The nearest class that every realm has; what an error of another class, that is not portable, arrives as. */
  readonly builtin: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own properties that a loop over keys does not show: `cause`, `errors`, and those of SuppressedError. */
  readonly hidden: Record<string, unknown>;
  /** Own properties that it does show: `code`, `path`, … */
  readonly properties: Record<string, unknown>;
}

type ErrorClass = new (...args: never[]) => object;

const builtins = new Map<string, ErrorClass>(
  arrayMap([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError], (type) => [
    type.name,
    type,
  ]),
);
const standard: ReadonlySet<string> = new Set([...builtins.keys(), 'SuppressedError']);
/** Marks the classes of polyloop's errors, so that those of another copy of it are known. */
const mark = Symbol.for('polyloop.error');
for (const [name, type] of Object.entries(ours)) {
  builtins.set(name, type);
  Object.defineProperty(type, mark, { value: name });
}
const suppressed = (globalThis as { SuppressedError?: ErrorClass }).SuppressedError;
if (suppressed !== undefined) builtins.set('SuppressedError', suppressed);
/** A realm of `node:vm` may have none. */
const domException = (globalThis as { DOMException?: typeof DOMException }).DOMException;

const described: ReadonlySet<string> = new Set(['name', 'message', 'stack']);
const hiddenNames = ['cause', 'errors', 'error', 'suppressed'];

/** What an error says of itself, and the values that hang on it, which are still to be encoded. Never throws. */
export function describeError(error: Error): {
  record: ErrorRecord;
  hidden: [key: string, value: unknown][];
  hiddenKeys: ReadonlySet<string>;
} {
  const hidden: [string, unknown][] = [];
  const hiddenKeys = new Set(described);
  for (const key of hiddenNames) {
    const own = descriptorOf(error, key);
    if (own === undefined || own.enumerable === true) continue;
    hiddenKeys.add(key);
    arrayPush(hidden, [key, valueOf(error, key)]);
  }
  const record: ErrorRecord = {
    builtin: builtinOf(error),
    name: textAt(error, 'name') ?? 'Error',
    message: textAt(error, 'message') ?? '',
    // As Node writes it, whatever the program makes of stacks: it is for people who read it elsewhere.
    stack: withoutOurFrames(withPlainStacks(() => stackOf(error))),
    hidden: {},
    properties: {},
  };
  return { record, hidden, hiddenKeys };
}

/** Throws where this does not describe an error; it comes from another process, whose user code can write anything. */
export function checkRecord(record: ErrorRecord): void {
  const { builtin, name, message, stack, hidden, properties } = record;
  const isText = arrayEvery([builtin, name, message, stack ?? ''], (part) => typeof part === 'string');
  if (!isText || !isRecord(hidden) || !isRecord(properties))
    throw new TypeError('an error is described by something that is no description');
}

/** An error of the record's class, still without what hangs on it. */
export function blankError(record: ErrorRecord): Error {
  if (record.builtin === 'DOMException' && domException !== undefined) {
    // Its name and code stand in private fields that only its constructor can fill.
    return new domException(record.message, record.name);
  }
  const type = builtins.get(record.builtin) ?? Error;
  return Reflect.construct(Error, [], type);
}

/** Completes an error, when what hangs on it is decoded. */
export function fillError(error: Error, record: ErrorRecord): void {
  if (record.builtin !== 'DOMException' || domException === undefined) {
    define(error, 'message', record.message, false);
    if (read(error, 'name') !== record.name) define(error, 'name', record.name, false);
  }
  define(error, 'stack', record.stack, false);
  for (const key of Object.keys(record.hidden)) define(error, key, record.hidden[key], false);
  for (const key of Object.keys(record.properties)) define(error, key, record.properties[key], true);
}

/** How polyloop enters the async context of a task. */
const entersContext = / (AsyncResource\.runInAsyncScope \(node:async_hooks|.*\(node:internal\/async_local_storage)/;

/** The stack as the task's author knows it: nothing of how polyloop came to call the task. */
function withoutOurFrames(stack: string): string {
  if (!isOwnLine(stack)) return stack;
  return arrayJoin(
    arrayFilter(stack.split('\n'), (line) => !isOwnLine(line) && !entersContext.test(line)),
    '\n',
  );
}

function builtinOf(error: Error): string {
  // In another realm, or where a library has put its own in its place, the class is another one.
  if (typeof ownAccessor(error, 'DOMException', 'code') === 'number') return 'DOMException';
  for (const above of prototypesOf(error)) {
    const type = classOf(above);
    const name = read(type, 'name');
    if (type === undefined || typeof name !== 'string') continue;
    // By identity, for others may call a class of theirs the same. The engine's classes of another realm are known by name.
    if ((builtins.get(name) as unknown) === type || (standard.has(name) && isNative(type))) return name;
    const ofOtherCopy = Object.hasOwn(type, mark) ? read(type, mark) : undefined;
    if (typeof ofOtherCopy === 'string' && builtins.has(ofOtherCopy)) return ofOtherCopy;
  }
  return 'Error';
}

/** None where a proxy does not say. */
function prototypesOf(error: Error): object[] {
  try {
    return chainOf(Object.getPrototypeOf(error) as object | null);
  } catch {
    return [];
  }
}

function descriptorOf(error: Error, key: string): PropertyDescriptor | undefined {
  try {
    return Object.getOwnPropertyDescriptor(error, key);
  } catch {
    return undefined;
  }
}

/** What a property holds; where reading it throws, what was thrown. */
function valueOf(from: Error, key: string): unknown {
  try {
    return (from as unknown as Record<string, unknown>)[key];
  } catch (error) {
    return `[reading ${key} throws ${messageOf(error)}]`;
  }
}

function textAt(error: Error, key: string): string | undefined {
  const value = valueOf(error, key);
  return value === undefined ? undefined : text(value);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

// Streams among the arguments of calls, as long as no task reads them: which task has each, and how one is closed that
// nobody will read, since its task ends without having been sent to a worker.
import type { Readable } from 'node:stream';

import { DOMException, NativePromise, promiseThen, resolved } from '../task/platform.ts';
import { realm } from '../task/realm.ts';
import type { Submission } from '../task/submission.ts';
import { isAsyncIterable, isNodeStream, isWebStream } from '../wire/channels.ts';
import { pack } from '../wire/pack.ts';
import { isPlain } from '../wire/values.ts';
import { contextOf, keepContext } from './call-context.ts';

/** Sources that only one task can read, and that one has. */
const given = new WeakSet<object>();

/** A task has this source from now on. */
export function give(source: object): void {
  // Two tasks that read the same one would each get a part of it. What makes a new iterator for each loop can be shared.
  const isReadOnce =
    isWebStream(source) || isNodeStream(source) || typeof (source as { next?: unknown }).next === 'function';
  if (isReadOnce) given.add(source);
}

/** True where a task has it, or had it, and nobody else can read it. */
export function isGiven(source: object): boolean {
  return given.has(source);
}

const guarded = new WeakSet<object>();

/**
 * Makes the arguments of a call ready to wait for their task: keeps the context of the call for the code that they may run, and guards
 * streams. For most arguments there is nothing to do, and to learn that must cost next to nothing, so only arguments themselves and what
 * stands in them, not too deep, is looked at. Where there is more, the context is kept; other streams are guarded when the task is sent.
 */
export function prepareSources(task: Submission, args: readonly unknown[]): void {
  // Its result may be an instance of a class that puts its instances together itself.
  let hasCode = realm.putsTogether === true;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (typeof arg === 'object' && arg !== null && tryToPrepare(arg, depthLooked)) hasCode = true;
  }
  if (hasCode) keepContext(task);
}

/** The same for an item of a map, of which there may be millions: only the item itself is looked at. Returns it. */
export function preparedItem(item: unknown): unknown {
  if (typeof item === 'object' && item !== null) tryToPrepare(item, 0);
  return item;
}

const depthLooked = 2;
const partsLooked = 16;

function tryToPrepare(value: object, depth: number): boolean {
  try {
    return prepareIn(value, depth);
  } catch {
    // It cannot be read, which is said when the task is sent.
    return true;
  }
}

/** True where code of the caller's may run for it later: a source, `[toWire]()`. What is not looked at counts as such. */
function prepareIn(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    const parts = value as readonly unknown[];
    const length = depth === 0 ? 0 : Math.min(parts.length, partsLooked);
    let hasCode = parts.length > length;
    for (let at = 0; at < length; at++) if (preparePart(parts[at], depth)) hasCode = true;
    return hasCode;
  }
  if (prototype !== Object.prototype) {
    if (isNodeStream(value)) guard(value);
    return !ArrayBuffer.isView(value);
  }
  let hasCode = isAsyncIterable(value);
  let left = depth === 0 ? 0 : partsLooked;
  for (const key in value) {
    if (left-- === 0) return true;
    if (preparePart((value as Record<string, unknown>)[key], depth)) hasCode = true;
  }
  return hasCode;
}

function preparePart(part: unknown, depth: number): boolean {
  return typeof part === 'object' && part !== null && prepareIn(part, depth - 1);
}

/** A stream of Node that fails while nobody listens is an uncaught exception. One that waits for its task is none: the task gets the error when it reads. */
export function guard(stream: Readable): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', ignore);
  // Nothing fails after that.
  stream.once('close', () => stream.off('error', ignore));
}

/** Closes the streams among the arguments of a task that was never sent to a worker, but for those that another task has. Never throws. */
export function closeUnsent(args: unknown, task?: Submission): void {
  try {
    if (isPlain(args)) return;
    const { channels } = pack(args, 'args', { whole: false, sharesMemory: true, takesChannels: true });
    const inContext = contextOf(task);
    for (const { source, shape } of channels)
      if (shape.kind !== 'signal' && !given.has(source)) void inContext(() => closeUnread(source));
  } catch {
    // What cannot be looked through holds nothing that could have been read.
  }
}

/** Closes what was never read: there is no iterator yet to be closed. Resolves when that is done; undefined where nothing is to be waited for. Never throws, nor rejects. */
export function closeUnread(source: object): Promise<unknown> | undefined {
  try {
    if (isWebStream(source))
      return promiseThen(
        resolved(source.cancel(new DOMException('The task never read it.', 'AbortError'))),
        undefined,
        ignore,
      );
    if (isNodeStream(source)) return closedStream(source.destroy());
    const iterator = source as { next?: unknown; return?: () => unknown };
    if (typeof iterator.next === 'function' && typeof iterator.return === 'function')
      return promiseThen(resolved(iterator.return()), undefined, ignore);
  } catch {
    // It is the user's, and nobody waits for it.
  }
  return undefined;
}

/** Resolves when a stream that is being destroyed is closed. */
export function closedStream(stream: Readable): Promise<unknown> | undefined {
  return stream.closed ? undefined : new NativePromise((resolve) => stream.once('close', resolve));
}

/** For the failure of something that nobody waits for any more. */
export function ignore(): void {}

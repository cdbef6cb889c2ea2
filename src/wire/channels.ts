// Channels: arguments that are read while the task runs. A stream, an async iterable and an AbortSignal do not cross as a
// value. Each is replaced by a stand-in with a number, and the other side makes one that is fed over the wire:
//
//     caller's source --feed--> [ window ] --> the task's reader
//                     <--want--
//
// The task asks for values (`want`) and gets no more than it asked for (`feed`): nothing is read from a source before the
// task reads, and a slow task slows its source.
import type { Duplex, Readable } from 'node:stream';

import { isSignal } from '../task/is-signal.ts';

/** What an argument is, and how the other side makes it again. */
export type ChannelShape =
  /** `aborted`: it was aborted already; holds the packed reason. */
  | { readonly kind: 'signal'; readonly aborted: [reason: unknown] | undefined }
  | { readonly kind: 'iterable' }
  | { readonly kind: 'webStream'; readonly isBytes: boolean }
  | { readonly kind: 'nodeStream'; readonly isObjects: boolean; readonly encoding: BufferEncoding | null };

/** A channel of a packed value. */
export interface ChannelSource {
  readonly source: object;
  readonly shape: ChannelShape;
  /** Where it stands in the arguments: `args[0].body`. */
  readonly path: string;
}

/** Makes the receiving end of channels as a value is unpacked. */
export interface ChannelEnds {
  open(channel: number, shape: ChannelShape): object;
  /** The signal of this channel was aborted before it was sent. */
  abort(channel: number, reason: unknown): void;
}

/** True where `for await` reads it. */
export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}

/** What kind of channel a value is; undefined where it is none. By structure, since it may be made in another realm or by another copy of a library. */
export function shapeOf(value: object): ChannelShape | undefined {
  if (isSignal(value)) return { kind: 'signal', aborted: value.aborted ? [undefined] : undefined };
  if (isWebStream(value)) return { kind: 'webStream', isBytes: isByteStream(value) };
  if (isNodeStream(value))
    return { kind: 'nodeStream', isObjects: value.readableObjectMode, encoding: value.readableEncoding };
  return isAsyncIterable(value) && !isWritable(value) ? { kind: 'iterable' } : undefined;
}

/** A stream that can only be written can be iterated all the same, over nothing. */
function isWritable(value: object): boolean {
  return typeof (value as Partial<Duplex>).write === 'function' && 'writableObjectMode' in value;
}

export function isWebStream(value: object): value is ReadableStream {
  return tagOf(value) === 'ReadableStream' && typeof (value as Partial<ReadableStream>).getReader === 'function';
}

/** A stream of Node that can be read. One that can be written as well counts only as long as it can be read: `process.stdout` has both sides, and one is closed. */
export function isNodeStream(value: object): value is Readable {
  const { pipe, destroy, readableObjectMode, readable, write } = value as Partial<Duplex>;
  if (typeof pipe !== 'function' || typeof destroy !== 'function' || typeof readableObjectMode !== 'boolean')
    return false;
  return typeof write !== 'function' || readable === true;
}

/** Only a byte stream gives out a reader of this mode. */
function isByteStream(stream: ReadableStream): boolean {
  if (stream.locked) return false;
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

function tagOf(value: object): unknown {
  return (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
}

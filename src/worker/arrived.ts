// What a stream argument is in the task: of the same kind as the caller's, and read through an inlet.
import type { Readable } from 'node:stream';

import { resolved } from '../task/platform.ts';
import type { ChannelShape } from '../wire/channels.ts';
import type { Inlet } from './inlet.ts';

type StreamShape = Exclude<ChannelShape, { kind: 'signal' }>;

/** The prototype of all async iterators, so that an arrived one has what those of the platform have. */
const asyncIterators: object = Object.getPrototypeOf(
  Object.getPrototypeOf((async function* () {})()) as object,
) as object;
const asyncIteratorPrototype = Object.getPrototypeOf(asyncIterators) as object;

/** The stream, or the async iterable, that reads from an inlet. */
export function arrivedStream(shape: StreamShape, inlet: Inlet): object {
  if (shape.kind === 'webStream') return shape.isBytes ? byteStream(inlet) : webStream(inlet);
  if (shape.kind === 'nodeStream') return nodeStream(inlet, shape.isObjects, shape.encoding);
  return iteratorOf(inlet, () => inlet.leave());
}

/** An async iterator over what comes, which can be left once. */
export function iteratorOf(inlet: Inlet, onLeave: () => void): AsyncIterableIterator<unknown, undefined> {
  let hasLeft = false;
  const iterator = Object.create(asyncIteratorPrototype) as AsyncIterableIterator<unknown, undefined>;
  const leave = (): void => {
    if (!hasLeft) onLeave();
    hasLeft = true;
  };
  return Object.assign(iterator, {
    next: () => (hasLeft ? resolved({ done: true as const, value: undefined }) : inlet.next()),
    async return() {
      leave();
      return { done: true as const, value: undefined };
    },
    async throw(error: unknown): Promise<never> {
      leave();
      throw error;
    },
  });
}

function webStream(inlet: Inlet): ReadableStream {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await inlet.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => inlet.leave(),
    },
    { highWaterMark: 0 },
  );
}

function byteStream(inlet: Inlet): ReadableStream {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const chunk = (await nextNotEmpty(inlet)) as Uint8Array<ArrayBuffer> | undefined;
      if (chunk === undefined) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      // It takes the memory of a chunk away, of which this may be a part.
      const isWhole = chunk.byteLength === chunk.buffer.byteLength;
      controller.enqueue(isWhole ? chunk : Uint8Array.prototype.slice.call(chunk));
    },
    cancel: () => inlet.leave(),
  });
}

function nodeStream(inlet: Inlet, isObjects: boolean, encoding: BufferEncoding | null): Readable {
  // Loaded only where it is needed: a worker starts faster without it.
  const { Readable: NodeReadable } = process.getBuiltinModule('node:stream');
  const push = async (): Promise<void> => {
    try {
      const chunk = isObjects ? await nextObject(inlet) : await nextNotEmpty(inlet);
      if (encoding === null || chunk === undefined) stream.push(chunk ?? null);
      else stream.push(chunk, encoding);
    } catch (error) {
      // To be cancelled is no mistake of the task's: where it does not listen, it must not end its worker.
      const isHeard = !inlet.isCancelled || stream.listenerCount('error') > 0;
      stream.destroy(isHeard ? (error as Error) : undefined);
    }
  };
  const stream = new NodeReadable({
    objectMode: isObjects,
    // The window of the inlet is what is read ahead.
    highWaterMark: 1,
    read: () => void push(),
    destroy(error, callback) {
      inlet.leave();
      callback(error);
    },
  });
  if (encoding !== null) stream.setEncoding(encoding);
  return stream;
}

/** The next value of a stream of objects, of which none is null or undefined; undefined at the end. */
async function nextObject(inlet: Inlet): Promise<unknown> {
  const { value } = await inlet.next();
  return value;
}

/** The next chunk; undefined at the end. An empty one is passed over: a stream would not ask to have it followed by another. */
async function nextNotEmpty(inlet: Inlet): Promise<unknown> {
  for (;;) {
    const { done, value } = await inlet.next();
    if (done === true) return undefined;
    if ((value as Uint8Array | string).length > 0) return value;
  }
}

// What can be moved. Threads refuse all else when it is sent, and processes, where nothing moves, would take it without a word.
import types from 'node:util/types';

/** What is wrong with a member of a transfer list, and what to do; undefined where nothing is. What else can be moved is for Node to say. */
export function whyNotTransferable(value: unknown): string | undefined {
  if (ArrayBuffer.isView(value)) return 'is a view; what can be moved is its memory: write `.buffer` behind it';
  if (types.isSharedArrayBuffer(value))
    return 'is a SharedArrayBuffer, which is shared and cannot be moved: leave it out';
  if (typeof value !== 'object' || value === null) return `is no object (${typeof value}); ${takes}`;
  if (types.isProxy(value)) return `is a proxy; ${takes}`;
  return Array.isArray(value) || isPlain(value) ? `is a plain object; ${takes}` : undefined;
}

const takes = 'ArrayBuffers and MessagePorts can be moved';

function isPlain(value: object): boolean {
  const above: unknown = Object.getPrototypeOf(value);
  // The prototype of plain objects of whatever realm has none above it.
  return above === null || Object.getPrototypeOf(above) === null;
}

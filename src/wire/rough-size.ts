// About how many bytes a value is on the wire. A guess that costs next to nothing: it bounds how much is sent ahead, no more.
import types from 'node:util/types';

/** Things that are looked at before the rest is taken for more of the same. */
const lookedAtMost = 32;

export function roughSize(value: unknown): number {
  try {
    return sizeOf(value, 3);
  } catch {
    // A getter throws. Whoever sends the value will say so.
    return 8;
  }
}

function sizeOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (Array.isArray(value)) return depth === 0 ? 64 : listSize(value, depth);
  // Most are plain objects, so what is rare is asked for last.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value.byteLength;
    if (depth > 0 && (types.isMap(value) || types.isSet(value))) return listSize([...value.values()], depth - 1);
  }
  return depth === 0 ? 64 : propertiesSize(value as Record<string, unknown>, depth);
}

function listSize(list: readonly unknown[], depth: number): number {
  const looked = Math.min(list.length, lookedAtMost);
  let bytes = 0;
  for (let at = 0; at < looked; at++) bytes += sizeOf(list[at], depth - 1);
  return looked === 0 ? 8 : (bytes / looked) * list.length;
}

function propertiesSize(value: Record<string, unknown>, depth: number): number {
  let bytes = 0;
  let count = 0;
  for (const key in value) if (count++ < lookedAtMost) bytes += sizeOf(value[key], depth - 1);
  return count === 0 ? 8 : (bytes / Math.min(count, lookedAtMost)) * count + 8 * count;
}

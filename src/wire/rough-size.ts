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
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value.byteLength;
  if (depth === 0) return 64;
  if (types.isMap(value) || types.isSet(value)) return sizeOf([...value.values()], depth - 1);
  const isArray = Array.isArray(value);
  const parts: readonly unknown[] = isArray ? value : Object.values(value);
  const looked = Math.min(parts.length, lookedAtMost);
  let bytes = 0;
  for (let at = 0; at < looked; at++) bytes += sizeOf(parts[at], depth - 1);
  return looked === 0 ? 8 : (bytes / looked) * parts.length + (isArray ? 0 : 8 * parts.length);
}

// Thrown things, as JSON: whatever hangs on them, it can be written down.
import types from 'node:util/types';

import { messageOf } from '../message-of.ts';

const deepest = 4;
const mostParts = 100;
const longestText = 10_000;
const longest = 100_000;

/** What is known of a thrown thing, as JSON: what it says, its own properties, its causes. Never throws; of what is very large, the beginning. */
export function errorJson(error: unknown): string {
  const json = JSON.stringify(errorParts(error));
  if (json.length <= longest) return json;
  const { name, message, code, stack } = told(error, deepest) as Record<string, unknown>;
  return JSON.stringify({ name: name ?? 'Error', message: message ?? 'It is too large to be shown.', code, stack });
}

/** The same as a value that JSON can hold, however large. */
export function errorParts(error: unknown): unknown {
  return told(error, 0);
}

function told(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return depth === 0 ? { name: 'Error', message: cut(value) } : cut(value);
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null)
    return depth === 0 ? { name: 'Error', message: String(value) } : orText(value);
  try {
    if (isError(value)) return partsOf(value, errorKeys(value), depth);
    if (depth > deepest) return '…';
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`;
    if (types.isMap(value)) return told([...value].slice(0, mostParts), depth);
    if (types.isSet(value)) return told([...value].slice(0, mostParts), depth);
    if (Array.isArray(value)) return Object.values(partsOf(value, Object.keys(value), depth));
    if ('toJSON' in value && typeof value.toJSON === 'function') return told(value.toJSON() as unknown, depth + 1);
    if (depth === 0) return { ...named(value), ...partsOf(value, Object.keys(value), depth) };
    const keys = Object.keys(value);
    // A Response, a Headers: of them nothing would be seen.
    if (keys.length === 0 && isInstance(value)) return `[${value.constructor.name}]`;
    return partsOf(value, keys, depth);
  } catch (thrown) {
    return `[reading it throws: ${messageOf(thrown)}]`;
  }
}

/** JSON has no NaN and no Infinity. */
function orText(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function isInstance(value: object): boolean {
  const { name } = (value.constructor ?? {}) as { readonly name?: unknown };
  return typeof name === 'string' && name !== '' && name !== 'Object';
}

/** What is thrown and is no error: its class, and what that shows by accessors, as those of the platform do (ErrorEvent, Response). */
function named(value: object): Record<string, unknown> {
  const { name } = (value.constructor ?? {}) as { readonly name?: unknown };
  if (typeof name !== 'string' || name === '' || name === 'Object') return {};
  const shown: string[] = [];
  for (const key in value) if (!(key in value.constructor) && isSimple(value, key)) shown.push(key);
  return { name, message: `a thrown ${name}`, ...partsOf(value, shown, 0) };
}

function isSimple(value: object, key: string): boolean {
  try {
    const part = (value as Record<string, unknown>)[key];
    return part !== '' && (['string', 'number', 'boolean'].includes(typeof part) || types.isNativeError(part));
  } catch {
    return false;
  }
}

/** Of whatever realm. */
export function isError(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

function errorKeys(error: Error): string[] {
  return [...new Set(['name', 'message', 'code', ...Object.keys(error), 'cause', 'errors', 'stack'])];
}

function partsOf(value: object, keys: readonly string[], depth: number): Record<string, unknown> {
  const parts: Record<string, unknown> = {};
  const isNested = depth >= deepest;
  for (const key of keys.slice(0, mostParts)) {
    try {
      const part = (value as Record<string, unknown>)[key];
      if (part === undefined || (isNested && typeof part === 'object')) continue;
      parts[key] = key === 'stack' ? stackOf(String(part)) : told(part, depth + 1);
    } catch (thrown) {
      parts[key] = `[reading it throws: ${messageOf(thrown)}]`;
    }
  }
  return parts;
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

const ours = new URL('../../', import.meta.url).href;

function stackOf(stack: string): string {
  return cut(stack)
    .split('\n')
    .filter((line) => !line.includes(ours) && !line.includes(' AsyncResource.runInAsyncScope (node:async_hooks'))
    .join('\n');
}

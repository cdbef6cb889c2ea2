// Thrown things, as JSON: whatever hangs on them, it can be written down.
import { messageOf } from '../message-of.ts';

const shown = 4;

/** What is known of a thrown thing, as JSON: what it says, its own properties, its causes. Never throws. */
export function errorJson(error: unknown): string {
  return JSON.stringify(told(error, 0));
}

function told(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null)
    return depth === 0 ? { name: 'Error', message: String(value) } : value;
  if (depth > shown) return '…';
  const parts: Record<string, unknown> = {};
  const keys =
    value instanceof Error
      ? new Set(['name', 'message', 'code', ...Object.keys(value), 'cause', 'errors', 'stack'])
      : Object.keys(value);
  for (const key of keys) {
    try {
      const part = (value as Record<string, unknown>)[key];
      if (part !== undefined) parts[key] = key === 'stack' ? stackOf(String(part)) : told(part, depth + 1);
    } catch (thrown) {
      parts[key] = `[reading it throws: ${messageOf(thrown)}]`;
    }
  }
  return Array.isArray(value) ? Object.values(parts) : parts;
}

const ours = new URL('../../', import.meta.url).href;

function stackOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !line.includes(ours))
    .join('\n');
}

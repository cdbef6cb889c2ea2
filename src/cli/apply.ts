// What the command's workers run: the user's function, timed, its result already written as JSON. That is work, so it is
// done over all cores; and text crosses to the command faster than objects.
import { task, TaskNotFoundError } from '../index.ts';
import { messageOf } from './message-of.ts';

export interface Call {
  readonly url: string;
  readonly name: string;
  readonly input: unknown;
}

/** How a call ended. `json`: its value, or what was thrown; undefined where the function returned nothing. */
export interface Applied {
  readonly ok: boolean;
  readonly json: string | undefined;
  readonly ms: number;
}

/** The function could not be loaded: no input will fare better. */
export class ModuleLoadError extends Error {
  override readonly name = 'ModuleLoadError';
}

type UserFunction = (input: unknown) => unknown;
const loaded = new Map<string, Promise<UserFunction>>();

function find(url: string, name: string): Promise<UserFunction> {
  const key = `${url}#${name}`;
  let fn = loaded.get(key);
  if (fn === undefined) loaded.set(key, (fn = load(url, name)));
  return fn;
}

/** Each worker's setup: a module that does not load ends the command, and not one input after the other. */
export const prepare = task(
  import.meta,
  async function prepare({ url, name }: { url: string; name: string }): Promise<void> {
    // stdout is for results. What the user's function prints goes to stderr.
    process.stdout.write = process.stderr.write.bind(process.stderr);
    await find(url, name);
  },
);

export const apply = task(import.meta, async function apply({ url, name, input }: Call): Promise<Applied> {
  const fn = await find(url, name);
  const startedAt = performance.now();
  const since = (): number => Math.round((performance.now() - startedAt) * 1_000) / 1_000;
  try {
    const value = await fn(input);
    const ms = since();
    return { ok: true, json: JSON.stringify(value), ms };
  } catch (error) {
    return { ok: false, json: errorJson(error), ms: since() };
  }
});

async function load(url: string, name: string): Promise<UserFunction> {
  let module: Record<string, unknown>;
  try {
    module = (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    throw new ModuleLoadError(`Cannot load ${url}: ${messageOf(cause)}`, { cause });
  }
  const inside = module['default'] as Record<string, unknown> | undefined;
  const found = module[name] ?? inside?.[name];
  if (typeof found === 'function') return found as UserFunction;
  throw new TaskNotFoundError(
    url,
    name,
    Object.keys(module).filter((key) => typeof module[key] === 'function'),
  );
}

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

const ours = new URL('../', import.meta.url).href;

function stackOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !line.includes(ours))
    .join('\n');
}

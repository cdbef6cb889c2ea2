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
let loaded: { readonly key: string; readonly fn: Promise<UserFunction> } | undefined;

export const apply = task(import.meta, async function apply({ url, name, input }: Call): Promise<Applied> {
  const key = `${url}#${name}`;
  if (loaded?.key !== key) loaded = { key, fn: load(url, name) };
  const fn = await loaded.fn;
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

/** stdout is for results. What the user's function prints goes to stderr. */
export const printToStderr = task(import.meta, function printToStderr(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr);
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

/** What is known of a thrown thing, as JSON. Never throws. */
export function errorJson(error: unknown): string {
  const told =
    error instanceof Error
      ? Object.assign({ name: error.name, message: error.message, stack: error.stack }, error)
      : { thrown: error };
  try {
    return JSON.stringify(told);
  } catch {
    return JSON.stringify({ name: 'Error', message: messageOf(error) });
  }
}

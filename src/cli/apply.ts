// What the command's workers run: the user's function, timed, its result already written as JSON. That is work, so it is
// done over all cores; and text crosses to the command faster than objects.
import { context, task, TaskNotFoundError } from '../index.ts';
import { errorJson } from './error-json.ts';
import { messageOf } from './message-of.ts';

/** The user's functions: one that is called for each input, and those that are called around all of them in a worker. */
export interface Target {
  readonly url: string;
  readonly name: string;
  readonly setup: string | undefined;
  readonly teardown: string | undefined;
  /** A second argument of each call, where there is one. */
  readonly args: { readonly value: unknown } | undefined;
}

/** Stands in the place of an input that there is none of: why. */
export interface Problem {
  readonly 'polyloop:problem': string;
}

/** How a call ended well. `values`: as JSON; one, none where it returned nothing, or what it yielded. */
export interface Applied {
  readonly ms: number;
  readonly attempts: number;
  readonly isYielded: boolean;
  readonly values: readonly string[];
}

/** The module, or a function in it, could not be loaded: no input will fare better. */
export class ModuleLoadError extends Error {
  override readonly name = 'ModuleLoadError';
}

/** What a call has thrown, for the command to write down; the error itself stays where it was. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError';
  /** As {@link errorJson} tells it. */
  readonly json: string;
  readonly ms: number;
  readonly attempts: number;
  /** It would fail again. */
  readonly isFinal: boolean;

  constructor(error: unknown, ms: number, attempts: number) {
    super('The function threw.');
    this.json = errorJson(error);
    this.ms = ms;
    this.attempts = attempts;
    this.isFinal = error instanceof BadInputError;
  }
}

class BadInputError extends Error {
  override readonly name = 'BadInputError';
}

type UserFunction = (...args: unknown[]) => unknown;

let call: ((input: unknown) => unknown) | undefined;
let endWorker: UserFunction | undefined;

/** Each worker's setup: a module that does not load ends the command, and not one input after the other. */
export const prepare = task(import.meta, async function prepare(target: Target): Promise<unknown> {
  // stdout is for results. What the user's function prints goes to stderr.
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const module = await load(target.url);
  const fn = find(module, target.url, target.name);
  const { args } = target;
  call = args === undefined ? fn : (input) => fn(input, args.value);
  endWorker = target.teardown === undefined ? undefined : find(module, target.url, target.teardown);
  // It is `context().worker.state` of the calls, for functions that know polyloop.
  return target.setup === undefined ? undefined : await find(module, target.url, target.setup)();
});

export const tearDown = task(import.meta, async function tearDown(): Promise<void> {
  await endWorker?.();
});

/** Calls the function for an input. Rejects with a {@link CallFailedError} where it fails, so that it can be tried again. */
export const apply = task(import.meta, async function apply(input: unknown): Promise<string> {
  const startedAt = performance.now();
  const since = (): number => Math.round((performance.now() - startedAt) * 1_000) / 1_000;
  const { attempt } = context();
  try {
    if (isProblem(input)) throw new BadInputError(input['polyloop:problem']);
    const result = await call?.(input);
    if (isYielding(result)) {
      const parts: string[] = [];
      for await (const part of result) parts.push(JSON.stringify(part) ?? 'null');
      return `${since()} ${attempt} yielded\n${parts.join('\n')}`;
    }
    const json = JSON.stringify(result);
    return json === undefined ? `${since()} ${attempt} nothing` : `${since()} ${attempt} value\n${json}`;
  } catch (error) {
    throw new CallFailedError(error, since(), attempt);
  }
});

/** Reads what {@link apply} has written. */
export function appliedFrom(text: string): Applied {
  const end = text.indexOf('\n');
  const [ms, attempts, how] = (end < 0 ? text : text.slice(0, end)).split(' ');
  const body = end < 0 ? '' : text.slice(end + 1);
  const values = body === '' ? [] : how === 'yielded' ? body.split('\n') : [body];
  return { ms: Number(ms), attempts: Number(attempts), isYielded: how === 'yielded', values };
}

function isProblem(input: unknown): input is Problem {
  return typeof input === 'object' && input !== null && 'polyloop:problem' in input;
}

/** Generators; not what merely can be iterated, such as a list. */
function isYielding(result: unknown): result is AsyncIterable<unknown> | Iterable<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    (Symbol.asyncIterator in result || (Symbol.iterator in result && 'next' in result))
  );
}

async function load(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    throw new ModuleLoadError(`Cannot load ${url}: ${messageOf(cause)}`, { cause });
  }
}

function find(module: Record<string, unknown>, url: string, name: string): UserFunction {
  const inside = module['default'] as Record<string, unknown> | undefined;
  const found = module[name] ?? inside?.[name];
  if (typeof found === 'function') return found as UserFunction;
  const offers = new Set(Object.keys(module).filter((key) => typeof module[key] === 'function'));
  // What a CommonJS module exports is all in its default export.
  if (typeof inside === 'object' && inside !== null)
    for (const key of Object.keys(inside)) if (typeof inside[key] === 'function') offers.add(key);
  throw new TaskNotFoundError(url, name, [...offers]);
}

// What the command's workers run: the user's function, timed, its result already written as JSON. That is work, so it is
// done over all cores; and text crosses to the command faster than objects.
import { context, task, TaskNotFoundError } from '../../index.ts';
import { messageOf } from '../message-of.ts';
import { errorJson } from './error-json.ts';
import { Prints } from './prints.ts';

/** The user's functions: one that is called for each input, and those that are called around all of them in a worker. */
export interface Target {
  readonly url: string;
  readonly name: string;
  readonly setup: string | undefined;
  readonly teardown: string | undefined;
  /** A second argument of each call, where there is one. */
  readonly args: { readonly value: unknown } | undefined;
  /** Inputs come as {@link Wrapped}. */
  readonly isWrapped: boolean;
  /** What tasks print is marked with their seq. */
  readonly isTagged: boolean;
}

/** An input with more than its value: its seq, and why there is none where it could not be read. */
export type Wrapped = readonly [seq: number, value: unknown, problem?: string];

/** How a call ended. `how`: what `values` are, each as JSON. */
export interface Applied {
  readonly ms: number;
  readonly attempts: number;
  readonly worker: number;
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly how: 'value' | 'nothing' | 'yielded' | 'unstarted';
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
  readonly worker: number;
  readonly startedAt: number;
  /** It would fail again. */
  readonly isFinal: boolean;

  constructor(error: unknown, call: Pick<Applied, 'ms' | 'attempts' | 'worker' | 'startedAt'>) {
    super('The function threw.');
    this.json = errorJson(error);
    this.ms = call.ms;
    this.attempts = call.attempts;
    this.worker = call.worker;
    this.startedAt = call.startedAt;
    this.isFinal = error instanceof BadInputError || saysNoRetry(error);
  }
}

class BadInputError extends Error {
  override readonly name = 'BadInputError';
}

/** `retry: false` on what was thrown: another try would come to the same. */
function saysNoRetry(error: unknown): boolean {
  try {
    return (error as { readonly retry?: unknown } | null | undefined)?.retry === false;
  } catch {
    return false;
  }
}

type UserFunction = (...args: unknown[]) => unknown;

let call: ((input: unknown) => unknown) | undefined;
let endWorker: UserFunction | undefined;
let prints: Prints | undefined;
let isWrapped = false;
let isStopping = false;

/** Each worker's setup: a module that does not load ends the command, and not one input after the other. */
export const prepare = task(import.meta, async function prepare(target: Target): Promise<unknown> {
  // It reaches the whole group where a service manager sends it; the command lets what runs end.
  process.on('SIGTERM', () => {});
  prints = Prints.ofThisProcess(target.isTagged);
  isWrapped = target.isWrapped;
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

/** No call begins in this worker any more; those that have begun go on. */
export const stopStarting = task(import.meta, function stopStarting(): void {
  isStopping = true;
});

/** Calls the function for an input. Rejects with a {@link CallFailedError} where it fails, so that it can be tried again. */
export const apply = task(import.meta, async function apply(input: unknown): Promise<string> {
  const began = performance.now();
  const { attempt, taskId, worker } = context();
  if (isStopping) return `0 ${attempt} ${worker.id} 0 unstarted`;
  const [seq, value, problem] = isWrapped ? (input as Wrapped) : [0, input];
  const startedAt = Math.round((performance.timeOrigin + began) * 10) / 10;
  const since = (): number => Math.round((performance.now() - began) * 1_000) / 1_000;
  const head = (how: Applied['how']): string => `${since()} ${attempt} ${worker.id} ${startedAt} ${how}`;
  prints?.begin(taskId, seq);
  try {
    if (problem !== undefined) throw new BadInputError(problem);
    const result = await call?.(value);
    if (isYielding(result)) {
      const parts: string[] = [];
      for await (const part of result) parts.push(JSON.stringify(part) ?? 'null');
      return `${head('yielded')}\n${parts.join('\n')}`;
    }
    const json = JSON.stringify(result);
    return json === undefined ? head('nothing') : `${head('value')}\n${json}`;
  } catch (error) {
    throw new CallFailedError(error, { ms: since(), attempts: attempt, worker: worker.id, startedAt });
  } finally {
    prints?.end(taskId);
  }
});

/** Reads what {@link apply} has written. */
export function appliedFrom(text: string): Applied {
  const end = text.indexOf('\n');
  const [ms, attempts, worker, startedAt, how] = (end < 0 ? text : text.slice(0, end)).split(' ');
  const body = end < 0 ? '' : text.slice(end + 1);
  return {
    ms: Number(ms),
    attempts: Number(attempts),
    worker: Number(worker),
    startedAt: Number(startedAt),
    how: how as Applied['how'],
    values: body === '' ? [] : how === 'yielded' ? body.split('\n') : [body],
  };
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

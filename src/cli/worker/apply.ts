// What the command's workers run: the user's function, timed, its result already written as JSON. That is work, so it is
// done over all cores; and text crosses to the command faster than objects.
import { context, task } from '../../index.ts';
import { messageOf } from '../message-of.ts';
import { errorJson } from './error-json.ts';
import { Prints } from './prints.ts';
import { ownBeginning } from './run-clock.ts';
import { StartLimitError, withinLimit } from './start-limit.ts';
import { find, load, ModuleLoadError, type UserFunction } from './user-module.ts';
import { mostWritten, tooLarge, UnwritableError } from './unwritable.ts';
import { valueJson } from './value-json.ts';

/** The user's functions: one that is called for each input, and those that are called around all of them in a worker. */
export interface Target {
  readonly url: string;
  readonly name: string;
  readonly setup: string | undefined;
  readonly teardown: string | undefined;
  /** As it is called on the command line. */
  readonly shown: string;
  /** How long the module may take to load, and the setup to end, in milliseconds; undefined: as long as something is done. */
  readonly loadMs: number | undefined;
  readonly setupMs: number | undefined;
  /** Nothing is called: it is only looked whether all is there. */
  readonly isOnlyFound: boolean;
  /** A second argument of each call, where there is one. */
  readonly args: { readonly value: unknown } | undefined;
  /** When the run began, in milliseconds on the clock of {@link ownBeginning}. */
  readonly runBeganAt: number;
  /** Inputs come as {@link Wrapped}. */
  readonly isWrapped: boolean;
  /** A BigInt in a result is written as a number. */
  readonly writesBigInts: boolean;
  /** What tasks print is marked with their seq. */
  readonly isTagged: boolean;
}

/** An input with more than its value: its seq, and why there is none where it could not be read. */
export type Wrapped = readonly [seq: number, value: unknown, problem?: string];

/** When and where a call was made, and what it cost. */
export interface CallTimes {
  /** Of the last attempt, in milliseconds. */
  readonly ms: number;
  readonly attempts: number;
  /** Its worker; 0 where that is not known. */
  readonly worker: number;
  /** When it began, in milliseconds since the run did. */
  readonly at: number;
}

/** What a call has thrown, for the command to write down; the error itself stays where it was. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError';
  /** As {@link errorJson} tells it. */
  readonly json: string;
  readonly times: CallTimes;
  readonly taskId: number;
  /** It would fail again. */
  readonly isFinal: boolean;

  constructor(error: unknown, taskId: number, times: CallTimes) {
    super('The function threw.');
    this.json = errorJson(error);
    this.taskId = taskId;
    this.times = times;
    this.isFinal = error instanceof BadInputError || error instanceof UnwritableError || saysNoRetry(error);
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

let call: ((input: unknown) => unknown) | undefined;
let endWorker: UserFunction | undefined;
let prints: Prints | undefined;
let isWrapped = false;
let writesBigInts = false;
/** When the run began, on this process's clock. */
let runBegan = 0;
let isStopping = false;

/** Each worker's setup: a module that does not load ends the command, and not one input after the other. */
export const prepare = task(import.meta, async function prepare(target: Target): Promise<unknown> {
  if (prints === undefined) {
    prints = Prints.ofThisProcess(target.isTagged);
  }
  isWrapped = target.isWrapped;
  writesBigInts = target.writesBigInts;
  runBegan = target.runBeganAt - ownBeginning();
  const loading = { what: `Loading ${target.shown}`, flag: '--load-timeout', ms: target.loadMs } as const;
  const module = await withinLimit(loading, () => load(target.url));
  const fn = find(module, target.url, target.name);
  const { args } = target;
  call = args === undefined ? fn : (input) => fn(input, args.value);
  endWorker = target.teardown === undefined ? undefined : find(module, target.url, target.teardown);
  // It is `context().worker.state` of the calls, for functions that know polyloop.
  const setUp = target.setup === undefined ? undefined : find(module, target.url, target.setup);
  if (setUp === undefined || target.isOnlyFound) return undefined;
  const what = `--setup ${target.setup}`;
  try {
    return await withinLimit({ what, flag: '--setup-timeout', ms: target.setupMs }, setUp);
  } catch (cause) {
    if (cause instanceof StartLimitError) throw cause;
    throw new ModuleLoadError(`${what} failed: ${messageOf(cause)}`, { cause });
  }
});

/** Does nothing: a worker that comes so far has found all that it is to call. */
export const arrive = task(import.meta, function arrive(): void {});

export const tearDown = task(import.meta, async function tearDown(): Promise<void> {
  await endWorker?.();
});

/** No call begins in this worker any more; those that have begun go on. */
export const stopStarting = task(import.meta, function stopStarting(): void {
  isStopping = true;
});

/**
 * Calls the function for an input, and tells how that ended as text. Fails with a {@link CallFailedError} where the function does, so that it can be tried again.
 * What ends at once is told at once, without a promise.
 */
export const apply = task(import.meta, function apply(input: unknown): string | Promise<string> {
  const began = performance.now();
  const { attempt, taskId, worker } = context();
  if (isStopping) return 'u0 1 0 0';
  const [seq, value, problem] = isWrapped ? (input as Wrapped) : [0, input];
  const ofCall: OfCall = { began, attempt, taskId, workerId: worker.id };
  prints?.begin(taskId, seq);
  let isLater = false;
  try {
    if (problem !== undefined) throw new BadInputError(problem);
    const result = call?.(value);
    isLater = isThenable(result) || isYielding(result);
    return isLater ? endLater(result, ofCall) : told(ofCall, result);
  } catch (error) {
    throw failure(ofCall, error);
  } finally {
    if (!isLater) prints?.end(taskId);
  }
});

/** What is known of a call from its beginning. */
interface OfCall {
  readonly began: number;
  readonly attempt: number;
  readonly taskId: number;
  readonly workerId: number;
}

async function endLater(promised: unknown, ofCall: OfCall): Promise<string> {
  try {
    const result = await promised;
    if (!isYielding(result)) return told(ofCall, result);
    return `y${head(ofCall)}${await partsOf(result)}`;
  } catch (error) {
    throw failure(ofCall, error);
  } finally {
    prints?.end(ofCall.taskId);
  }
}

/** About so much stands around each part in the records. */
const aroundAPart = 64;

/** Each on a line of its own, which is empty for undefined. */
async function partsOf(yielding: AsyncIterable<unknown> | Iterable<unknown>): Promise<string> {
  const parts = [''];
  let size = 0;
  for await (const part of yielding) {
    const json = valueJson(part, writesBigInts) ?? '';
    size += json.length + aroundAPart;
    if (size > mostWritten) throw tooLarge('all that it yields');
    parts.push(json);
  }
  return parts.join('\n');
}

function told(ofCall: OfCall, result: unknown): string {
  const json = valueJson(result, writesBigInts);
  return json === undefined ? `n${head(ofCall)}` : `v${head(ofCall)}\n${json}`;
}

/** `Applied` reads it. */
function head({ began, attempt, workerId }: OfCall): string {
  return `${msSince(began)} ${attempt} ${workerId} ${inMicroseconds(began - runBegan)}`;
}

function failure({ began, attempt, taskId, workerId }: OfCall, error: unknown): CallFailedError {
  return new CallFailedError(error, taskId, {
    ms: msSince(began),
    attempts: attempt,
    worker: workerId,
    at: inMicroseconds(began - runBegan),
  });
}

function msSince(began: number): number {
  return inMicroseconds(performance.now() - began);
}

/** So that of two tasks, one after the other, neither seems to overlap the other. */
function inMicroseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** Reads what {@link apply} has written. */
export class Applied {
  /** In milliseconds, and of how many: as JSON. */
  readonly ms: string;
  readonly attempts: string;
  readonly #text: string;
  readonly #restAt: number;

  constructor(text: string) {
    const afterMs = text.indexOf(' ');
    const afterAttempts = text.indexOf(' ', afterMs + 1);
    this.ms = text.slice(1, afterMs);
    this.attempts = text.slice(afterMs + 1, afterAttempts);
    this.#text = text;
    this.#restAt = afterAttempts + 1;
  }

  get how(): 'value' | 'nothing' | 'yielded' | 'unstarted' {
    const first = this.#text.charAt(0);
    if (first === 'v') return 'value';
    return first === 'n' ? 'nothing' : first === 'y' ? 'yielded' : 'unstarted';
  }

  /** What the function returned, as JSON, where it is a value. */
  get json(): string {
    return this.#text.slice(this.#text.indexOf('\n', this.#restAt) + 1);
  }

  /** What it yielded or returned, as JSON each; empty for undefined. */
  get values(): readonly string[] {
    const { how, json } = this;
    if (how === 'value') return [json];
    if (how === 'nothing') return [''];
    return this.#hasParts ? json.split('\n') : [];
  }

  get worker(): number {
    return Number(this.#rest[0]);
  }

  /** When it began, in milliseconds since the run did. */
  get at(): number {
    return Number(this.#rest[1]);
  }

  get #hasParts(): boolean {
    return this.#text.includes('\n', this.#restAt);
  }

  get #rest(): string[] {
    const end = this.#text.indexOf('\n', this.#restAt);
    return this.#text.slice(this.#restAt, end < 0 ? undefined : end).split(' ');
  }
}

/** Generators; not what merely can be iterated, such as a list. */
function isYielding(result: unknown): result is AsyncIterable<unknown> | Iterable<unknown> {
  return (
    typeof result === 'object' &&
    result !== null &&
    (Symbol.asyncIterator in result || (Symbol.iterator in result && 'next' in result))
  );
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

// The options of a pool: what they are, their defaults, and their checks.

import { InvalidOptionError, NotSerializableError } from '../errors.ts';
import {
  checkOptions,
  givenOf,
  isDuration,
  isObject,
  isWholeNumber,
  takesDuration,
  unknownName,
  type Checks,
} from '../runner/check-options.ts';
import { arrayEvery, arrayIncludes } from '../task/arrays.ts';
import { bindToScope } from '../task/async-context.ts';
import type { WorkerKind } from '../task/context.ts';
import { messageOf } from '../task/outcome.ts';
import { structuredClone } from '../task/platform.ts';
import { realm } from '../task/realm.ts';
import type { Crossing } from '../task/submission.ts';
import { referenceOf, type FunctionReference, type TaskFunction } from '../task/task-function.ts';
import type { OutputStream } from '../transport/transport.ts';
import { checkedSize, mostFrameBytes } from '../wire/byte-size.ts';
import { encodeFrame } from '../wire/frame.ts';
import { PACKED, PLAIN, type Form } from '../wire/messages.ts';
import { pack } from '../wire/pack.ts';
import { CallerModules, checkAllowModules, type AllowedModule } from './caller-modules.ts';
import type { PropagateOptions, Propagation } from './propagation.ts';
import type { RateOptions } from './rate.ts';
import { workerChecks, workerSurroundings, type WorkerOptions, type WorkerSurroundings } from './worker-options.ts';
import { coreCount } from './cores.ts';

/** A task function and its arguments, for `setup` and `teardown`. */
export interface TaskCall {
  readonly task: TaskFunction;
  readonly args?: readonly unknown[];
}

/** How a pool works. Every option may be left out; an unknown one is an {@link InvalidOptionError}. */
export interface PoolOptions extends WorkerOptions {
  /**
   * Where tasks run. `process` (the default): a process each, fully apart. `thread`: a thread each, cheaper to start and
   * to talk to, in one memory and one fate with the caller. `inline`: the caller's own loop, for tests and debugging.
   */
  readonly kind?: WorkerKind;
  /** How many workers; or the least and the most, where more than the least start only while work waits. Default: `os.availableParallelism()`; 1 for a pool inside of a task, for all cores have a worker already. */
  readonly workers?: number | { readonly min: number; readonly max: number };
  /** The most tasks at once in one worker. Default: 64. */
  readonly concurrency?: number;
  /** The most tasks that wait for a worker. {@link Pool.run} beyond it rejects with a {@link QueueFullError}; {@link Pool.room} waits until it would not; `map` pulls no more meanwhile. What workers that are still to be started will take first does not count. Default: Infinity. */
  readonly maxQueue?: number;
  /** The most tasks that start within a time, over the whole pool: never more than `limit` within any `intervalMs`, and evenly spread. Each attempt counts. Default: no limit. */
  readonly rate?: RateOptions;
  /** When a worker is replaced by a fresh one, which is started before the old one has ended its tasks. */
  readonly recycle?: RecycleOptions;
  /** Workers beyond the least (`workers: { min, max }`) end when they have had nothing to do for so long, in milliseconds. Default: 30 000. */
  readonly idleTimeoutMs?: number;
  /** Called in each worker before its first task. A worker whose setup fails takes no tasks. What it returns is `context().worker.state` of the worker's tasks. */
  readonly setup?: TaskCall;
  /** Called in each worker after its last task: when the pool closes, and when the worker is recycled or one too many. It has `graceMs`. */
  readonly teardown?: TaskCall;
  /** What comes along with each task from where it is submitted, as an AsyncLocalStorage does within one loop: a trace, a user. Default: nothing. */
  readonly propagate?: PropagateOptions;
  /** How long, in milliseconds, what was told to end has to end by itself, before its worker is ended. Default: 5000. */
  readonly graceMs?: number;
  /** How long, in milliseconds, `setup` may take. Then its worker is ended, and what waits for it fails with a {@link WorkerStartError}. Default: 4000. */
  readonly setupTimeoutMs?: number;
  /** How long, in milliseconds, a worker may take to load: itself when it starts, and then the module of a task function. Then tasks that wait for it fail with a {@link WorkerStartError}. Default: 30 000. */
  readonly loadTimeoutMs?: number;
  /**
   * Modules that this program may load because a worker sends an instance of a portable class of theirs. Without this option a
   * result, an error, a yielded value or a report may hold instances of classes that are loaded here, or that stand in the
   * module of a task function which this program has named (by `task`, `tasksFrom`, `setup`, `teardown` or `propagate.restore`).
   * Any other class is a {@link NotSerializableError} of that one task, for to load a module is to run its code: see SECURITY.md.
   * Each entry is a `file:` URL or an absolute path; one that ends in `/` stands for every module of that folder. Default: none.
   *
   * @example
   * new Pool({ allowModules: [new URL('./shapes.ts', import.meta.url), new URL('./models/', import.meta.url)] });
   */
  readonly allowModules?: readonly AllowedModule[];
  /** A worker whose loop has not come back for so long, in milliseconds, is told of by `stats()`, `inspect()` and the channel `polyloop:worker:unresponsive`. Nothing else is done about it: it may well be at work. Default: 1000. */
  readonly unresponsiveMs?: number;
  /** Called with what workers print, which then goes nowhere else; in chunks as they come, not in lines. Not for `inline`. Default: it goes to the stdout and stderr of this process. */
  readonly onOutput?: (output: WorkerOutput) => void;
  /** Shown in error messages and by tools that list processes. */
  readonly name?: string;
}

/** A piece of what a worker has printed. */
export interface WorkerOutput {
  readonly worker: { readonly id: number };
  readonly stream: OutputStream;
  readonly chunk: Uint8Array;
}

/** When a worker has done enough: whichever comes first. Default: never. */
export interface RecycleOptions {
  /** After so many tasks, exactly. */
  readonly afterTasks?: number;
  /** When its memory (resident set) is larger, looked at four times a second while there is work. Processes only, for threads share theirs. */
  readonly aboveRssBytes?: number;
}

/** A call of setup or teardown, its function and arguments checked. */
export interface BoundCall {
  readonly fn: FunctionReference;
  /** Its arguments, encoded once for all workers. */
  readonly body: unknown;
  readonly form: Form;
}

/** Options with nothing left open. */
export interface PoolSettings {
  readonly kind: WorkerKind;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly concurrency: number;
  readonly maxQueue: number;
  readonly rate: RateOptions | undefined;
  readonly recycle: Required<RecycleOptions>;
  readonly idleTimeoutMs: number;
  readonly setup: BoundCall | undefined;
  readonly teardown: BoundCall | undefined;
  readonly crossing: Crossing;
  readonly propagate: Propagation | undefined;
  readonly graceMs: number;
  readonly surroundings: WorkerSurroundings;
  readonly setupTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly modules: CallerModules;
  readonly unresponsiveMs: number;
  readonly onOutput: ((output: WorkerOutput) => void) | undefined;
  readonly name: string;
}

const kinds: readonly unknown[] = ['process', 'thread', 'inline'];
const mostWorkers = 1_024;
/** More tasks in one loop than this would be out of memory long before. */
const mostAtOnce = 2 ** 20;
/** Each start of an interval is remembered. */
const mostStarts = 1_000_000;
const wholeFromOne = 'takes a whole number, 1 or more';

const checks: Checks<PoolOptions> = {
  kind: (value) => (arrayIncludes(kinds, value) ? undefined : "takes 'process', 'thread' or 'inline'"),
  workers: (value) => (isObject(value) ? checkRange(value) : checkCount(value)),
  concurrency: (value) => (isWholeNumber(value, 1) ? undefined : wholeFromOne),
  maxQueue: (value) => (value === Infinity || isWholeNumber(value, 0) ? undefined : 'takes a whole number, 0 or more'),
  rate: checkRate,
  recycle: checkRecycle,
  idleTimeoutMs: checkDuration,
  setup: (value) => checkCall(value, 'setup'),
  teardown: (value) => checkCall(value, 'teardown'),
  propagate: checkPropagate,
  graceMs: checkDuration,
  setupTimeoutMs: checkDuration,
  loadTimeoutMs: checkDuration,
  allowModules: checkAllowModules,
  unresponsiveMs: checkDuration,
  ...workerChecks,
  onOutput: (value) => (typeof value === 'function' ? undefined : 'takes a function'),
  name: (value) => (typeof value === 'string' ? undefined : 'takes a string'),
};

/** Checks what was given and fills in the rest. Throws {@link InvalidOptionError}. */
export function poolSettings(from: PoolOptions): PoolSettings {
  const options = checkOptions('new Pool()', checks, from);
  const { min, max } = range(options.workers ?? (realm.isWorker ? 1 : coreCount()));
  const { kind = 'process' } = options;
  const recycle = givenOf(options.recycle ?? {}, ['afterTasks', 'aboveRssBytes']);
  if (recycle.aboveRssBytes !== undefined && kind !== 'process') {
    throw new InvalidOptionError(
      'recycle.aboveRssBytes',
      "`recycle.aboveRssBytes` needs workers with memory of their own: `kind: 'process'`. For threads there is `resourceLimits`.",
    );
  }
  const crossing = { sharesMemory: kind !== 'process', mostBytes: kind === 'process' ? mostFrameBytes : Infinity };
  const setup = boundCall(options.setup, 'setup', crossing);
  const teardown = boundCall(options.teardown, 'teardown', crossing);
  // One message brings both.
  checkedSize([setup?.body, teardown?.body], 'the arguments of setup and teardown', crossing.mostBytes);
  return {
    kind,
    minWorkers: min,
    maxWorkers: max,
    concurrency: Math.min(options.concurrency ?? 64, mostAtOnce),
    maxQueue: options.maxQueue ?? Infinity,
    rate: options.rate,
    recycle: { afterTasks: recycle.afterTasks ?? Infinity, aboveRssBytes: recycle.aboveRssBytes ?? Infinity },
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
    setup,
    teardown,
    crossing,
    propagate: options.propagate && {
      capture: options.propagate.capture.bind(options.propagate),
      restore: referenceOf(options.propagate.restore, '`propagate.restore`'),
    },
    graceMs: options.graceMs ?? 5_000,
    surroundings: workerSurroundings(kind, options),
    setupTimeoutMs: options.setupTimeoutMs ?? 4_000,
    loadTimeoutMs: options.loadTimeoutMs ?? 30_000,
    modules: new CallerModules(options.allowModules ?? [], options.loadTimeoutMs ?? 30_000),
    unresponsiveMs: options.unresponsiveMs ?? 1_000,
    onOutput: options.onOutput && bindToScope(options.onOutput),
    name: options.name ?? 'polyloop',
  };
}

type Workers = NonNullable<PoolOptions['workers']>;

function range(workers: Workers): { readonly min: number; readonly max: number } {
  return typeof workers === 'number' ? { min: workers, max: workers } : workers;
}

/** Checks a number of workers, or a range. Throws {@link InvalidOptionError}. */
export function workerRange(workers: Workers): { readonly min: number; readonly max: number } {
  checkOptions('resize()', { workers: checks.workers }, { workers });
  return range(workers);
}

function boundCall(given: TaskCall | undefined, name: string, crossing: Crossing): BoundCall | undefined {
  if (given === undefined) return undefined;
  const call = givenOf(given, ['task', 'args']);
  const { sharesMemory, mostBytes } = crossing;
  checkedSize(call.args ?? [], `${name}.args`, mostBytes);
  const { body, isPacked } = pack(call.args ?? [], `${name}.args`, { whole: true, sharesMemory });
  try {
    // Once for all: what cannot be encoded must be known here, not when a worker starts.
    if (sharesMemory) structuredClone(body);
    else encodeFrame([{ type: 'start', payload: [body] }]);
  } catch (cause) {
    throw new NotSerializableError(`${name}.args`, messageOf(cause), { cause });
  }
  return { fn: referenceOf(call.task, `\`${name}.task\``), body, form: isPacked ? PACKED : PLAIN };
}

function checkDuration(value: unknown): string | undefined {
  return isDuration(value) ? undefined : takesDuration;
}

function checkRate(value: unknown): string | undefined {
  const takes = `takes { limit, intervalMs }, with a limit from 1 to ${mostStarts}`;
  if (!isObject(value)) return takes;
  checkNames('rate', value, ['limit', 'intervalMs']);
  const { limit, intervalMs } = value;
  const isRight = isWholeNumber(limit, 1) && limit <= mostStarts && isDuration(intervalMs);
  return isRight && intervalMs > 0 && intervalMs !== Infinity ? undefined : takes;
}

function checkRecycle(value: unknown): string | undefined {
  const takes = 'takes { afterTasks, aboveRssBytes }, each a whole number, 1 or more';
  if (!isObject(value)) return takes;
  checkNames('recycle', value, ['afterTasks', 'aboveRssBytes']);
  const isRight = arrayEvery(
    Object.values(value),
    (part) => part === undefined || part === Infinity || isWholeNumber(part, 1),
  );
  return isRight ? undefined : takes;
}

function checkPropagate(value: unknown): string | undefined {
  const takes = 'takes { capture, restore }, a function and a task function';
  if (!isObject(value)) return takes;
  checkNames('propagate', value, ['capture', 'restore']);
  return typeof value['capture'] === 'function' && typeof value['restore'] === 'function' ? undefined : takes;
}

function checkNames(option: string, value: Record<string, unknown>, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (!arrayIncludes(known, name))
      throw new InvalidOptionError(`${option}.${name}`, unknownName('option', name, known));
  }
}

function checkCount(value: unknown): string | undefined {
  if (!isWholeNumber(value, 1)) return `${wholeFromOne}, or { min, max }`;
  return value > mostWorkers ? `takes ${mostWorkers} at the most; every worker is a process or a thread` : undefined;
}

function checkRange(value: Record<string, unknown>): string | undefined {
  checkNames('workers', value, ['min', 'max']);
  const { min, max } = value;
  if (isWholeNumber(min, 0) && isWholeNumber(max, 1) && min <= max && max <= mostWorkers) return undefined;
  return `takes { min, max } with 0 ≤ min ≤ max and max from 1 to ${mostWorkers}`;
}

function checkCall(value: unknown, name: string): string | undefined {
  if (!isObject(value) || !('task' in value)) return 'takes { task, args }';
  checkNames(name, value, ['task', 'args']);
  const { args } = givenOf<Record<string, unknown>>(value, ['args']);
  return args === undefined || Array.isArray(args) ? undefined : 'takes { task, args } with an array of arguments';
}

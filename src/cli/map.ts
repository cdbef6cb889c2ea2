// `polyloop map`: a function over every input, one record per input.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import {
  Pool,
  TaskTimeoutError,
  WorkerStartError,
  type PoolOptions,
  type RateOptions,
  type RunOptions,
  type WorkerKind,
} from '../index.ts';
import {
  apply,
  appliedFrom,
  prepare,
  tearDown,
  type Applied,
  type CallFailedError,
  type Problem,
  type Target,
} from './apply.ts';
import { errorJson } from './error-json.ts';
import { filesMeant } from './input/files.ts';
import { defaultMaxLineBytes, Inputs, type Input, type InputFormat } from './input/inputs.ts';
import { messageOf } from './message-of.ts';
import { findModule } from './module.ts';
import { RecordWriter } from './output.ts';
import { Progress } from './progress.ts';
import { UsageError } from './usage-error.ts';

export type BadInput = 'fail' | 'skip' | 'record';

export interface MapCommandOptions {
  readonly workers?: number;
  readonly concurrency?: number;
  readonly kind?: WorkerKind;
  readonly rate?: RateOptions;
  readonly retries?: number;
  readonly timeout?: number;
  readonly grace?: number;
  readonly maxTasks?: number;
  readonly memoryLimit?: number;
  readonly envFile?: readonly string[];
  readonly nodeOption?: readonly string[];
  readonly args?: unknown;
  readonly setup?: string;
  readonly teardown?: string;
  readonly keepOrder?: boolean;
  readonly input?: InputFormat;
  readonly badInput?: BadInput;
  readonly maxLineBytes?: number;
  readonly quiet?: boolean;
}

const mostCounted = 100;

/** Runs the command; resolves with its exit status: 0, the number of failures up to 100, or 101 for more. */
export async function map(written: string, files: readonly string[], options: MapCommandOptions): Promise<number> {
  const target = targetOf(written, options);
  const pool = new Pool(poolOptions(target, options));
  const writer = new RecordWriter(process.stdout);
  const letGo = new AbortController();
  const calls = new Calls(
    new Inputs({
      format: options.input,
      files: filesMeant(files, process.cwd()),
      maxLineBytes: options.maxLineBytes ?? defaultMaxLineBytes,
      signal: letGo.signal,
    }),
    options.badInput ?? 'fail',
  );
  let done = 0;
  let failed = 0;
  const progress = new Progress(() => {
    const { inFlight, workers } = pool.stats();
    return { done, failed, skipped: calls.skipped, inFlight, workers: workers.length };
  }, process.stderr);
  let closing: string;
  try {
    const runner = pool.with(runOptions(options));
    for await (const end of runner.map(apply, calls, { settled: true, ordered: options.keepOrder === true })) {
      const seq = calls.seqOf(end.index);
      done++;
      if (end.status === 'fulfilled') {
        for (const line of records(seq, appliedFrom(end.value))) {
          const isFull = writer.write(line);
          if (isFull !== undefined) await isFull;
        }
      } else {
        failed++;
        await writer.write(failureRecord(seq, end.reason, options));
      }
      if (writer.isBroken) break;
    }
    await writer.flush();
    if (!writer.isBroken && calls.failure !== undefined) throw calls.failure as Error;
  } finally {
    letGo.abort();
    closing = progress.end();
    await pool.close();
  }
  if (options.quiet !== true) process.stderr.write(`${closing}\n`);
  return failed > mostCounted ? mostCounted + 1 : failed;
}

function targetOf(written: string, { setup, teardown, args }: MapCommandOptions): Target {
  return {
    ...findModule(written, process.cwd()),
    setup,
    teardown,
    args: args === undefined ? undefined : { value: args },
  };
}

function poolOptions(target: Target, options: MapCommandOptions): PoolOptions {
  const { workers, concurrency, kind = 'process', rate, grace, maxTasks, memoryLimit, nodeOption } = options;
  if (memoryLimit !== undefined && kind !== 'process') {
    throw new UsageError(
      `--memory-limit takes --kind process: what is '${kind}' shares its memory with the command and cannot be replaced for it.`,
    );
  }
  const env = environment(options.envFile ?? []);
  return {
    name: 'polyloop map',
    kind,
    setup: { task: prepare, args: [target] },
    ...(target.teardown !== undefined && { teardown: { task: tearDown } }),
    ...(workers !== undefined && { workers }),
    ...(concurrency !== undefined && { concurrency }),
    ...(rate !== undefined && { rate }),
    ...(grace !== undefined && { graceMs: grace }),
    ...(nodeOption !== undefined && { execArgv: [...process.execArgv, ...nodeOption] }),
    ...(env !== undefined && { env }),
    recycle: {
      ...(maxTasks !== undefined && { afterTasks: maxTasks }),
      ...(memoryLimit !== undefined && { aboveRssBytes: memoryLimit }),
    },
  };
}

/** What the files say, a later one over an earlier one, and what there is already over all. (`node` reads this flag for itself as well, wherever it stands.) */
function environment(files: readonly string[]): Record<string, string> | undefined {
  if (files.length === 0) return undefined;
  const env: Record<string, string> = {};
  for (const file of files) {
    try {
      for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8'))))
        if (process.env[name] === undefined && value !== undefined) env[name] = value;
    } catch (error) {
      throw new UsageError(`Cannot read the --env-file ${file}: ${messageOf(error)}.`);
    }
  }
  return env;
}

function runOptions({ retries = 0, timeout }: MapCommandOptions): RunOptions {
  return {
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(retries > 0 && {
      retry: { attempts: retries + 1, on: (reason: unknown) => !(isCallFailure(reason) && reason.isFinal) },
    }),
  };
}

/** What the function is called with, input after input. What was read before an input that cannot be is done all the same. */
class Calls implements AsyncIterableIterator<unknown, void> {
  /** Why no more is read. */
  failure: unknown;
  readonly #inputs: Inputs;
  readonly #badInput: BadInput;
  #pulled = 0;
  /** Before which of the calls an input was skipped. */
  readonly #skips: number[] = [];

  constructor(inputs: Inputs, badInput: BadInput) {
    this.#inputs = inputs;
    this.#badInput = badInput;
  }

  get skipped(): number {
    return this.#skips.length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown, void>> {
    try {
      for (;;) {
        const next = await this.#inputs.next();
        if (next.done === true) return next;
        const { value, problem } = next.value;
        if (problem === undefined) return this.#call(value);
        if (this.#badInput === 'record')
          return this.#call({ 'polyloop:problem': saidOf(next.value) } satisfies Problem);
        if (this.#badInput === 'fail') {
          throw new UsageError(
            `${saidOf(next.value)}. Mend it, read it otherwise with --input, or go on without it with --bad-input skip or record.`,
          );
        }
        this.#skips.push(this.#pulled);
      }
    } catch (error) {
      this.failure = error;
      return { done: true, value: undefined };
    }
  }

  return(): Promise<IteratorResult<unknown, void>> {
    return this.#inputs.return();
  }

  /** Which of the inputs, counted from 1, those that were skipped included, was the call with this index. */
  seqOf(index: number): number {
    let low = 0;
    let high = this.#skips.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#skips[middle] as number) <= index) low = middle + 1;
      else high = middle;
    }
    return index + 1 + low;
  }

  #call(value: unknown): IteratorResult<unknown, void> {
    this.#pulled++;
    return { done: false, value };
  }
}

function saidOf({ file, line, problem }: Input): string {
  return `${file}:${line} ${problem}`;
}

function* records(seq: number, { ms, attempts, isYielded, values }: Applied): Generator<string> {
  const end = `"ms":${ms},"attempts":${attempts}}`;
  if (isYielded)
    for (const [at, value] of values.entries())
      yield `{"seq":${seq},"part":${at + 1},"ok":true,"value":${value},${end}`;
  else
    yield values.length === 0
      ? `{"seq":${seq},"ok":true,${end}`
      : `{"seq":${seq},"ok":true,"value":${values[0]},${end}`;
}

/** The function threw; or a call could not even tell how it ended. That no worker can run it ends the command. */
function failureRecord(seq: number, reason: unknown, { retries = 0 }: MapCommandOptions): string {
  if (isCallFailure(reason)) return failureLine(seq, reason.json, reason.ms, reason.attempts);
  if (reason instanceof WorkerStartError) {
    const { cause } = reason;
    throw new UsageError(cause instanceof Error ? cause.message : reason.message);
  }
  const json = errorJson(reason);
  if (reason instanceof TaskTimeoutError) return failureLine(seq, json, reason.timeoutMs, reason.attempt);
  return failureLine(seq, json, 0, retries + 1);
}

function failureLine(seq: number, json: string, ms: number, attempts: number): string {
  return `{"seq":${seq},"ok":false,"error":${json},"ms":${ms},"attempts":${attempts}}`;
}

function isCallFailure(reason: unknown): reason is CallFailedError {
  return reason instanceof Error && reason.name === 'CallFailedError';
}

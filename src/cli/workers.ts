// The pool that a run has, as it was asked for.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { Pool, WorkerStartError, type RateOptions, type RunOptions, type WorkerOutput } from '../index.ts';
import { mostAtOnce } from './crew.ts';
import type { MapCommandOptions } from './map-command.ts';
import { messageOf } from './message-of.ts';
import { retryOptions } from './retrying.ts';
import { UsageError } from './usage-error.ts';
import { startFailure } from './start-failure.ts';
import { arrive, prepare, tearDown, type Target } from './worker/apply.ts';

const readAheadMs = 100;

/** A pool that starts no worker yet. Throws a {@link UsageError} where what was asked for cannot be had. */
export function poolFor(target: Target, options: MapCommandOptions, onOutput: (output: WorkerOutput) => void): Pool {
  const { concurrency, kind, rate, grace, maxTasks, memoryLimit, nodeOption, halt, total } = options;
  if (memoryLimit !== undefined && kind !== 'process') {
    throw new UsageError(
      `--memory-limit takes --kind process: what is '${kind}' shares its memory with the command and cannot be replaced for it.`,
    );
  }
  if (halt?.on === 'done' && halt.isPercent && total === undefined)
    throw new UsageError('--halt with a share of what is done takes --total, for inputs are not read to count them.');
  const env = environment(options.envFile ?? []);
  return new Pool({
    name: 'polyloop map',
    kind,
    onOutput,
    setup: { task: prepare, args: [target] },
    setupTimeoutMs: startLimitMs(target),
    loadTimeoutMs: Math.max(leastLoadMs, target.loadMs ?? 0),
    ...(target.teardown !== undefined && { teardown: { task: tearDown } }),
    // More when there are inputs for them.
    workers: 1,
    // Where a file says how many, that is seen to where inputs are read.
    ...(concurrency !== undefined && { concurrency: typeof concurrency === 'number' ? concurrency : mostAtOnce }),
    ...(rate !== undefined && { rate, maxQueue: readAhead(rate) }),
    ...(grace !== undefined && { graceMs: grace }),
    ...(nodeOption !== undefined && { execArgv: [...process.execArgv, ...nodeOption] }),
    ...(env !== undefined && { env }),
    recycle: {
      ...(maxTasks !== undefined && { afterTasks: maxTasks }),
      ...(memoryLimit !== undefined && { aboveRssBytes: memoryLimit }),
    },
  });
}

/** Of the worker itself, which knows nothing of the function yet. */
const leastLoadMs = 30_000;
/** A worker watches its own time; this is for one whose loop is held. */
const muchMs = 2_000;

function startLimitMs({ loadMs, setup, setupMs }: Target): number {
  const ofSetup = setup === undefined ? 0 : (setupMs ?? Infinity);
  return (loadMs ?? Infinity) + ofSetup + muchMs;
}

/** Throws a {@link UsageError} where a worker does not find what it is to call. */
export async function find(target: Target, options: MapCommandOptions): Promise<void> {
  const { rate: _, ...others } = options;
  const pool = poolFor({ ...target, isOnlyFound: true }, { ...others, workers: 1 }, () => {});
  try {
    await pool.run(arrive);
  } catch (error) {
    throw error instanceof WorkerStartError ? startFailure(error) : error;
  } finally {
    await pool.terminate();
  }
}

/** What waits for the rate is better not read yet: when the run is stopped, it would still begin. */
function readAhead({ limit, intervalMs }: RateOptions): number {
  return Math.ceil((limit / intervalMs) * readAheadMs);
}

export function runOptions({ retries = 0, backoff, timeout }: MapCommandOptions, signal: AbortSignal): RunOptions {
  return {
    signal,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    retry: retryOptions(retries, backoff),
  };
}

/** Lets processes go on that were stopped. */
export function letGoOn(pool: Pool): void {
  for (const { pid } of pool.stats().workers) {
    try {
      if (pid !== undefined) process.kill(pid, 'SIGCONT');
    } catch {
      // It has just ended.
    }
  }
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

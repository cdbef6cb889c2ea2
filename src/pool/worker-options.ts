// What surrounds the workers of a pool: the program and the file that they start with, their flags, arguments, environment and
// limits. The options, their checks, and what the transports are given.
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResourceLimits } from 'node:worker_threads';

import { InvalidOptionError } from '../errors.ts';
import { isObject, type Checks } from '../runner/check-options.ts';
import { arrayEvery, arrayFind, arrayJoin } from '../task/arrays.ts';
import { hrefOf } from '../task/brands.ts';
import type { WorkerKind } from '../task/context.ts';
import { messageOf } from '../task/foreign.ts';
import { currentFolder } from '../transport/surroundings/current-folder.ts';
import { saysWhatToRun } from '../transport/surroundings/inherited-flags.ts';
import { whyNoWorkerProcess } from '../transport/process/host-program.ts';
import { withEnvFiles } from '../transport/thread/env-files.ts';
import { flagsForThreads } from '../transport/thread/thread-flags.ts';

/** Options of {@link PoolOptions} that say what workers start with. `inline` workers share all of it with the program and ignore these options. */
export interface WorkerOptions {
  /**
   * Environment variables of the workers, added to those of this process; a variable that is undefined here is unset there.
   * `'share'`: threads use the environment of this process itself, so a change is seen by all. Default: a copy of `process.env`.
   *
   * @throws {InvalidOptionError} `'share'` with `kind: 'process'`.
   * @example
   * new Pool({ env: { ...process.env, TZ: 'UTC', DEBUG: undefined } });
   */
  readonly env?: Readonly<Record<string, string | undefined>> | 'share';
  /** Arguments of the workers: `process.argv.slice(2)` of their tasks. Default: none. */
  readonly argv?: readonly string[];
  /**
   * Flags of `node` for the workers. Relative paths in them start from the current folder when the pool is made. For threads, flags of the heap and the
   * stack (`--max-old-space-size=`, `--max-semi-space-size=`, `--stack-size=`) become `resourceLimits`, and flags of whole processes are ignored where
   * this process has them. Default: the flags of this process, but for those that say what to run or that only one process can have.
   *
   * @throws {InvalidOptionError} A flag says what to run (`--eval`, `--test`), or is one that Node does not take for threads.
   */
  readonly execArgv?: readonly string[];
  /**
   * The program that worker processes are started with: a path, or a name that is looked up on PATH. It must be a Node of a supported version. Needed where this
   * program is a single executable. A program that does not exist fails tasks with a {@link WorkerStartError}. Default: `process.execPath`.
   *
   * @throws {InvalidOptionError} It is left out with `kind: 'process'` in a single executable, which would start itself.
   */
  readonly execPath?: string;
  /** The file that workers start with, for a program into which polyloop is bundled: a file that begins with `import 'polyloop/worker'`. A path or a URL. Default: polyloop's own. */
  readonly workerEntry?: string | URL;
  /** The most memory that each worker may use, as for `new Worker()` of `node:worker_threads`; a process is given the flags that mean the same. A process that reaches its limit ends alone; of a thread V8 may end the whole process, where it meets the limit in the middle of a collection. Default: Node's own. */
  readonly resourceLimits?: ResourceLimits;
}

/** Options of the workers with nothing left open. */
export interface WorkerSurroundings {
  readonly env: Readonly<Record<string, string | undefined>> | 'share' | undefined;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[] | undefined;
  /** What relative paths in `env` and `execArgv` start from; undefined where that folder is gone. */
  readonly folder: string | undefined;
  readonly execPath: string | undefined;
  readonly entry: URL | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
}

export const workerChecks: Checks<WorkerOptions> = {
  env: (value) =>
    value === 'share' || (isObject(value) && arrayEvery(Object.entries(value), isVariable))
      ? undefined
      : "takes an object of strings (undefined unsets a variable), or 'share'; no name contains `=`, and no string a null character",
  argv: (value) => (isListOfWords(value) ? undefined : takesWords),
  execArgv: (value) => {
    if (!isListOfWords(value)) return takesWords;
    const flag = arrayFind(value, saysWhatToRun);
    return flag === undefined ? undefined : `takes flags that leave it to polyloop what runs, not \`${flag}\``;
  },
  execPath: (value) => (typeof value === 'string' && value !== '' ? undefined : 'takes the path of a Node'),
  workerEntry: (value) =>
    (typeof value === 'string' && value !== '') || hrefOf(value) !== undefined
      ? undefined
      : 'takes a path or a URL of a file',
  resourceLimits: (value) =>
    isObject(value) && arrayEvery(Object.values(value), (limit) => typeof limit === 'number' && limit > 0)
      ? undefined
      : 'takes an object of numbers: { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, codeRangeSizeMb, stackSizeMb }',
};

/** Fills in what was left out. Throws {@link InvalidOptionError} for what the kind cannot have. */
export function workerSurroundings(kind: WorkerKind, options: WorkerOptions): WorkerSurroundings {
  const { argv = [], execPath, workerEntry } = options;
  let { env, execArgv, resourceLimits } = options;
  if (env === 'share' && kind === 'process') {
    throw new InvalidOptionError(
      'env',
      "`env: 'share'` is for threads only: a process has an environment of its own. Use `kind: 'thread'`, or give an object of strings.",
    );
  }
  const unfit = kind === 'process' && execPath === undefined ? whyNoWorkerProcess() : undefined;
  if (unfit !== undefined) throw new InvalidOptionError('execPath', unfit);
  if (kind === 'thread' && execArgv !== undefined) {
    const { flags, limits, refused, envFiles } = flagsForThreads(execArgv);
    if (refused.length > 0) {
      throw new InvalidOptionError(
        'execArgv',
        `\`execArgv\` has \`${arrayJoin(refused, ' ')}\`, which Node takes for whole processes only, or not at all. Start this program with it, or use \`kind: 'process'\`.`,
      );
    }
    execArgv = flags;
    if (envFiles.length > 0) {
      if (env === 'share') {
        throw new InvalidOptionError(
          'execArgv',
          "`execArgv` names a file of variables, but with `env: 'share'` workers have no variables of their own. Load the file into this program, or leave out `env`.",
        );
      }
      env = variablesOf(envFiles, env);
    }
    resourceLimits = limits && { ...limits, ...resourceLimits };
  }
  return {
    // Workers that start later are not to start with what has become of them.
    env: typeof env === 'object' ? { ...env } : env,
    argv: [...argv],
    execArgv: execArgv && [...execArgv],
    folder: currentFolder(),
    // A relative path means a file here, wherever the program goes; a bare name is looked up on PATH.
    execPath: execPath !== undefined && /[\\/]/.test(execPath) && !isAbsolute(execPath) ? resolve(execPath) : execPath,
    entry: workerEntry === undefined ? undefined : fileUrl(workerEntry),
    resourceLimits,
  };
}

function variablesOf(
  envFiles: readonly (readonly string[])[],
  env: Readonly<Record<string, string | undefined>> | undefined,
): Readonly<Record<string, string | undefined>> {
  try {
    return withEnvFiles(envFiles, env);
  } catch (error) {
    throw new InvalidOptionError('execArgv', `\`execArgv\` names a file of variables: ${messageOf(error)}.`);
  }
}

function fileUrl(file: string | URL): URL {
  if (typeof file !== 'string') return new URL(file.href);
  return URL.canParse(file) && !isAbsolute(file) ? new URL(file) : pathToFileURL(file);
}

const takesWords = 'takes an array of strings, none with a null character';

function isListOfWords(value: unknown): value is string[] {
  return Array.isArray(value) && arrayEvery(value, isWord);
}

/** A string that can be passed to a process. Threads take any, but options mean the same for both kinds. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

/** Windows has variables whose names begin with `=`. */
function isVariable([name, value]: [name: string, value: unknown]): boolean {
  return isWord(name) && name.indexOf('=', 1) < 0 && (value === undefined || isWord(value));
}

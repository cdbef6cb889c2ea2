// Flags of `node` that threads take. Node knows which they are and has no API to ask, but a thread with a flag that it does not take
// is refused before it starts.
import { Worker, type ResourceLimits } from 'node:worker_threads';

import { arrayFilter, arrayFlat, arrayMap, arrayPush } from '../../task/arrays.ts';
import { parseNodeOptions } from '../surroundings/node-options.ts';
import { namesEnvFile } from './env-files.ts';

interface ThreadFlags {
  /** What threads take. */
  readonly flags: string[];
  /** What flags say about heap and stack; undefined where they say nothing. */
  readonly limits: ResourceLimits | undefined;
  /** Flags that name files of variables, each with its value. */
  readonly envFiles: string[][];
  /** What Node takes for processes only, or not at all, and this process does not have. */
  readonly refused: string[];
}

const semiSpaces = 3;
const limitNames: Readonly<Record<string, (value: number) => ResourceLimits>> = {
  '--max-old-space-size': (value) => ({ maxOldGenerationSizeMb: value }),
  '--max-semi-space-size': (value) => ({ maxYoungGenerationSizeMb: value * semiSpaces }),
  '--stack-size': (value) => ({ stackSizeMb: value / 1_024 }),
};

export function flagsForThreads(execArgv: readonly string[]): ThreadFlags {
  const here = new Set([...process.execArgv, ...parseNodeOptions(process.env['NODE_OPTIONS'] ?? '')]);
  const others: string[][] = [];
  const envFiles: string[][] = [];
  let limits: ResourceLimits | undefined;
  for (const words of withValues(execArgv)) {
    const [flag = ''] = words;
    const limit = limitOf(flag);
    if (namesEnvFile(flag)) envFiles[envFiles.length] = words;
    else if (limit === undefined) others[others.length] = words;
    else limits = Object.assign(limits ?? {}, limit);
  }
  const { taken, left } = parted(others);
  return {
    flags: taken,
    limits,
    envFiles,
    refused: arrayFilter(
      arrayMap(left, ([flag = '']) => flag),
      (flag) => !here.has(flag),
    ),
  };
}

/** What threads take of the flags of this process; the others hold for all of it already. */
export function takenByThreads(execArgv: readonly string[]): string[] {
  return parted(withValues(execArgv)).taken;
}

/** What threads take, and what not. */
function parted(flags: readonly string[][]): { readonly taken: string[]; readonly left: string[][] } {
  if (isTaken(arrayFlat(flags))) return { taken: arrayFlat(flags), left: [] };
  const taken = arrayFlat(arrayFilter(flags, isTaken));
  // Some flags need another one: `--cpu-prof-dir` is wrong without `--cpu-prof`.
  const left = arrayFilter(
    arrayFilter(flags, (words) => !isTaken(words)),
    (words) => {
      const fits = isTaken([...taken, ...words]);
      if (fits) arrayPush(taken, ...words);
      return !fits;
    },
  );
  return { taken, left };
}

function limitOf(flag: string): ResourceLimits | undefined {
  const [name = '', value = ''] = flag.split('=');
  const number = Number(value);
  return number > 0 ? limitNames[name.replaceAll('_', '-')]?.(number) : undefined;
}

/** Each flag with the words behind it that are no flags. */
function withValues(execArgv: readonly string[]): string[][] {
  const flags: string[][] = [];
  for (const word of execArgv) {
    const last = flags[flags.length - 1];
    if (last === undefined || word.startsWith('-')) flags[flags.length] = [word];
    else last[last.length] = word;
  }
  return flags;
}

const unknownFlag = '--polyloop-asks';

/** No thread starts: there is a flag that no Node knows. What is asked is whether it is the only one that is refused. */
function isTaken(words: readonly string[]): boolean {
  try {
    void new Worker('', { eval: true, env: {}, execArgv: [...words, unknownFlag] }).terminate();
    return true;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    // Where it may start no thread at all, that says why.
    return code !== 'ERR_WORKER_INVALID_EXEC_ARGV' || message.endsWith(`: ${unknownFlag}`);
  }
}

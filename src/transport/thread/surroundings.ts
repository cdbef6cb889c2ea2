// The environment and the flags that a worker thread is given.
import { SHARE_ENV, type WorkerOptions } from 'node:worker_threads';

import { arrayIncludes, arraySome } from '../../task/arrays.ts';
import { absoluteFlags } from '../surroundings/absolute-flags.ts';
import { workerEnvironment } from '../surroundings/environment.ts';
import { inheritedFlags } from '../surroundings/inherited-flags.ts';
import type { WorkerSettings } from '../transport.ts';
import { takenByThreads } from './thread-flags.ts';

/** Threads take over environment and flags from this process by themselves, so what need not be said is left out. */
export function threadSurroundings(settings: WorkerSettings): Pick<WorkerOptions, 'env' | 'execArgv'> {
  const { env, execArgv, folder } = settings;
  const own = workerEnvironment(settings);
  const hasOwnOptions = own['NODE_OPTIONS'] !== process.env['NODE_OPTIONS'];
  const result: Pick<WorkerOptions, 'env' | 'execArgv'> = {};
  if (env === 'share') result.env = SHARE_ENV;
  else if (env !== undefined || hasOwnOptions) result.env = own;
  if (execArgv !== undefined) {
    result.execArgv = absoluteFlags(execArgv, folder === undefined ? [] : [folder]);
    return result;
  }
  const flags = inheritedFlags(process.execArgv);
  const hasMoved = arraySome(flags, (flag) => !arrayIncludes(process.execArgv, flag));
  // Threads stumble over this one, which is for `node --eval`.
  const isEval = arraySome(process.execArgv, (flag) => flag.startsWith('--input-type'));
  if (hasMoved || hasOwnOptions || isEval) result.execArgv = takenByThreads(flags);
  return result;
}

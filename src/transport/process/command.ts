// How a worker process is started: the program, its arguments, its environment.
import { fileURLToPath } from 'node:url';

import { absoluteFlags } from '../surroundings/absolute-flags.ts';
import { workerEnvironment } from '../surroundings/environment.ts';
import { inheritedFlags } from '../surroundings/inherited-flags.ts';
import { workerMark } from '../surroundings/started-as.ts';
import type { WorkerSettings } from '../transport.ts';
import { workerFile } from '../surroundings/worker-file.ts';
import { hostVariables } from './host-program.ts';
import { limitFlags } from './limit-flags.ts';

export interface WorkerCommand {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Throws where the file of the worker does not exist. */
export function workerCommand(settings: WorkerSettings): WorkerCommand {
  const { execPath, execArgv, resourceLimits, entry, argv, folder } = settings;
  const file = workerFile(entry, () => new URL('./worker-end.js', import.meta.url));
  const flags =
    execArgv === undefined
      ? inheritedFlags(process.execArgv)
      : absoluteFlags(execArgv, folder === undefined ? [] : [folder]);
  return {
    path: execPath ?? process.execPath,
    args: [...flags, ...limitFlags(resourceLimits), fileURLToPath(file), ...argv],
    // What keeps a program from starting itself for ever cannot be replaced by `env`.
    env: { ...workerEnvironment(settings), ...(execPath === undefined && hostVariables()), ...workerMark() },
  };
}

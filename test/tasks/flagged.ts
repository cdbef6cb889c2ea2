// What the flags of a worker have done to it.
import { task } from '../support/task.ts';

declare global {
  /** How many modules Node has loaded before the worker. */
  var preloaded: number | undefined;
}

export interface Flagged {
  readonly preloaded: number;
  readonly ofEnvFile: string | undefined;
  readonly execArgv: readonly string[];
  readonly nodeOptions: string | undefined;
  readonly folder: string;
}

export const flagged = task(import.meta, function flagged(): Flagged {
  return {
    preloaded: globalThis.preloaded ?? 0,
    ofEnvFile: process.env['OF_ENV_FILE'],
    execArgv: process.execArgv,
    nodeOptions: process.env['NODE_OPTIONS'],
    folder: process.cwd(),
  };
});

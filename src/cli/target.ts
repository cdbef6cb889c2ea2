// The function that is meant, with all that a worker is to know of how it is called.
import { argsOf } from './args.ts';
import { currentFolder } from './current-folder.ts';
import type { MapCommandOptions } from './map-command.ts';
import { findModule } from './module.ts';
import type { Target } from './worker/apply.ts';
import { ownBeginning } from './worker/run-clock.ts';

/** Throws a `UsageError` where there is no such module, or the arguments are none. */
export function targetOf(
  written: string,
  { setup, teardown, args, bigNumbers, tag, badInput, loadTimeout, setupTimeout }: MapCommandOptions,
  beganMs: number,
): Target {
  return {
    ...findModule(written, currentFolder()),
    setup,
    teardown,
    shown: written,
    loadMs: loadTimeout,
    setupMs: setupTimeout,
    isOnlyFound: false,
    args: args === undefined ? undefined : { value: argsOf(args, bigNumbers) },
    isWrapped: tag === true || badInput === 'record',
    writesBigInts: bigNumbers === 'bigint',
    isTagged: tag === true,
    runBeganAt: ownBeginning() + beganMs,
  };
}

// The function that is meant, with all that a worker is to know of how it is called.
import { currentFolder } from './current-folder.ts';
import { parseJson, type BigNumbers } from './json.ts';
import type { MapCommandOptions } from './map-command.ts';
import { messageOf } from './message-of.ts';
import { findModule } from './module.ts';
import { UsageError } from './usage-error.ts';
import type { Target } from './worker/apply.ts';
import { ownBeginning } from './worker/run-clock.ts';

/** Throws a {@link UsageError} where there is no such module, or the arguments are none. */
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

function argsOf(written: string, bigNumbers: BigNumbers = 'refuse'): unknown {
  try {
    return parseJson(written, bigNumbers);
  } catch (error) {
    throw new UsageError(`--args ${messageOf(error)}.`);
  }
}

// Why no worker can run the function, in the words of the command.
import type { WorkerStartError } from '../index.ts';
import { UsageError } from './usage-error.ts';

/** What to tell of a worker that could not start. The causes, with their stacks, are those of the module. */
export function startFailure(reason: WorkerStartError): UsageError {
  const { cause } = reason;
  const said = cause instanceof Error ? cause.message : reason.message;
  // A loop that is held cannot watch its own time, so the pool has.
  const isHeld = said.includes('`setupTimeoutMs`');
  return new UsageError(
    isHeld
      ? 'The module has not loaded, or --setup has not ended, within --load-timeout and --setup-timeout, and holds its loop. If it needs longer, raise them.'
      : said.replaceAll('`loadTimeoutMs`', '--load-timeout'),
    { cause: cause instanceof Error ? cause : reason },
  );
}

// The folder in which the command was started.
import { UsageError } from './usage-error.ts';

/** Throws a {@link UsageError} where it is there no more. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new UsageError('The current folder is there no more. Change to one that is, and run this again.');
  }
}

// The options of `with`, bound once and shared by every task of that runner.
import { InvalidOptionError } from '../errors.ts';
import type { Transferable } from '../task/context.ts';
import type { TaskOptions } from '../task/submission.ts';
import { checkOptions, type Checks } from './check-options.ts';

export interface RunOptions {
  /**
   * Buffers of the arguments to move instead of copy; they are empty here afterwards. Between threads that takes no time,
   * whatever the size. Over processes nothing can move: they are copied, and emptied all the same.
   */
  readonly transfer?: readonly Transferable[];
}

const checks: Checks<RunOptions> = {
  transfer(value) {
    return Array.isArray(value) ? undefined : 'takes an array of ArrayBuffers (`array.buffer`) or MessagePorts';
  },
};

/** Checks options and adds them to those that are bound already. The nearer ones win. */
export function bindOptions(bound: TaskOptions, options: RunOptions): TaskOptions {
  checkOptions('with()', checks, options);
  for (const [at, buffer] of (options.transfer ?? []).entries()) {
    if (ArrayBuffer.isView(buffer)) {
      throw new InvalidOptionError(
        'transfer',
        `\`transfer[${at}]\` is a view; what can be moved is its memory: write \`.buffer\` behind it.`,
      );
    }
  }
  return Object.freeze({ ...bound, ...options });
}

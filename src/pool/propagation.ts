// What comes along with a task from where it is submitted, such as a trace: the pool's half of the option `propagate`.
import type { Crossing } from '../task/submission.ts';
import type { CannotCross, FunctionReference, TaskReference } from '../task/task-function.ts';
import { checkedSize } from '../wire/byte-size.ts';
import { PACKED, PLAIN, type Carried } from '../wire/messages.ts';
import { pack } from '../wire/pack.ts';

/** How a context of the caller comes along to its tasks. The idea is OpenTelemetry's: inject here, extract there. */
export interface PropagateOptions {
  /**
   * Called in the caller once for each `run`, `map`, `stream` and `broadcast`, in its context; returns what is to come along, which crosses as arguments do. What it
   * throws is what the call fails with.
   */
  capture(): unknown;
  /**
   * A task function, called in the worker once for each attempt at a task with what was captured and the task itself: calls that inside of
   * what the value stands for, and returns what it returns.
   *
   * @example
   * const restore = task(import.meta, function restore(user: string, fn: () => unknown) {
   *   return storage.run(user, fn);
   * });
   * const pool = new Pool({ propagate: { capture: () => storage.getStore(), restore } });
   */
  readonly restore: ((value: never, fn: () => unknown) => unknown) & (TaskReference | CannotCross);
}

export interface Propagation {
  readonly capture: () => unknown;
  readonly restore: FunctionReference;
}

/** What comes along with the tasks of one call. */
export function captured({ capture }: Propagation, { sharesMemory, mostBytes }: Crossing): Carried {
  const value = capture();
  checkedSize(value, 'propagate.capture()', mostBytes);
  const { body, isPacked } = pack(value, 'propagate.capture()', { whole: true, sharesMemory });
  return [isPacked ? PACKED : PLAIN, body];
}

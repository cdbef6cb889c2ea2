// Runs tasks inside of what their callers captured: the worker's half of the option `propagate`.
import { PolyloopBugError } from '../errors.ts';
import { withResolvers } from '../task/platform.ts';
import { PACKED, type Carried } from '../wire/messages.ts';
import { whenUnpacked } from '../wire/unpack.ts';
import { classModules } from './functions.ts';

/** The user's function: calls what it is given inside of what the value stands for, and returns what that returns. */
export type Restore = (value: unknown, fn: () => unknown) => unknown;

/** Calls a task inside of what came along with it. At once, but for where the class of what came is still to be loaded. */
export function callRestored(
  restore: Restore | undefined,
  [form, body]: Carried,
  signalOf: () => AbortSignal,
  call: () => unknown,
): unknown {
  if (restore === undefined) throw new PolyloopBugError('a task carries what nobody restores');
  if (form !== PACKED) return restore(body, call);
  let end: { readonly result: unknown } | { readonly error: unknown } | undefined;
  let late: PromiseWithResolvers<unknown> | undefined;
  whenUnpacked(
    body,
    'propagate.capture()',
    classModules,
    (value) => {
      try {
        // It may have been told to end while the class was loaded.
        if (late !== undefined) signalOf().throwIfAborted();
        end = { result: restore(value, call) };
        late?.resolve(end.result);
      } catch (error) {
        end = { error };
        late?.reject(error);
      }
    },
    (error) => {
      end = { error };
      late?.reject(error);
    },
  );
  if (end === undefined) return (late = withResolvers()).promise;
  if ('error' in end) throw end.error;
  return end.result;
}

// Signals of callers, which may be of another realm or of a library: jsdom and polyfills have an AbortSignal of their own, that
// `instanceof` does not know and `AbortSignal.any` does not take.
import { arrayEvery, arrayFind } from '../task/arrays.ts';
import { isA } from '../task/foreign.ts';
import { AbortController, AbortSignal, anySignal } from '../task/platform.ts';

/** The controllers of signals that follow others; a signal does not keep its controller by itself. */
const controllers = new WeakMap<AbortSignal, AbortController>();

/** A signal that is aborted with the first of these. */
export function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  if (anySignal !== undefined && arrayEvery(signals, (signal) => isA(signal, AbortSignal)))
    return anySignal([...signals]);
  const controller = new AbortController();
  const aborted = arrayFind(signals, (signal) => signal.aborted);
  if (aborted !== undefined) {
    controller.abort(aborted.reason);
    return controller.signal;
  }
  controllers.set(controller.signal, controller);
  // A signal that lives long must not keep each that follows it.
  const follower = new WeakRef(controller);
  for (const signal of signals)
    signal.addEventListener('abort', () => follower.deref()?.abort(signal.reason), { once: true });
  return controller.signal;
}

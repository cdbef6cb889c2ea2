// Signals of callers. Many tasks may hang on one signal, so each signal is listened to once for all of them, and not at
// all while there are none.
import { addAbortListener } from 'node:events';

import { throwApart } from '../task/foreign.ts';
import { adoptable } from '../task/platform.ts';

/** What can be told to end. */
export interface Abortable {
  /** The signal was aborted. Called once at the most. */
  aborted(reason: unknown): void;
}

class WatchedSignal {
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<Abortable>();
  #listening: Disposable | undefined;
  readonly #onAbort = (): void => {
    const reason = reasonOf(this.#signal);
    for (const each of [...this.#waiting]) {
      // What one leads to may be that others end.
      if (!this.#waiting.delete(each)) continue;
      try {
        each.aborted(reason);
      } catch (error) {
        throwApart(error);
      }
    }
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(each: Abortable): void {
    this.#waiting.add(each);
    // A listener that user code added before may stop the event; this one is called all the same.
    if (this.#waiting.size === 1) this.#listening = addAbortListener(this.#signal, this.#onAbort);
  }

  remove(each: Abortable): void {
    if (this.#waiting.delete(each) && this.#waiting.size === 0) this.#listening?.[Symbol.dispose]();
  }
}

const watched = new WeakMap<AbortSignal, WatchedSignal>();

/** Tells it when the signal is aborted, which it must not be yet. */
export function listen(signal: AbortSignal, each: Abortable): void {
  let found = watched.get(signal);
  if (found === undefined) watched.set(signal, (found = new WatchedSignal(signal)));
  found.add(each);
}

/** It has ended, and need not hear of the signal any more. */
export function forgetSignal(signal: AbortSignal | undefined, each: Abortable): void {
  if (signal !== undefined) watched.get(signal)?.remove(each);
}

/** True where this is what the signal was aborted with. */
export function isReasonOf(signal: AbortSignal | undefined, error: unknown): signal is AbortSignal {
  return signal !== undefined && isAborted(signal) && reasonOf(signal) === error;
}

/** Rejected with the reason itself, which is the caller's own and stays as it is. */
export function abortedWith(signal: AbortSignal): Promise<never> {
  return adoptable(rejectedWith(reasonOf(signal)));
}

async function rejectedWith(reason: unknown): Promise<never> {
  throw reason;
}

/** Whether a signal was aborted. A subclass may answer with user code, which may throw. */
export function isAborted(signal: AbortSignal): boolean {
  try {
    return signal.aborted;
  } catch {
    return false;
  }
}

/** What a signal was aborted with; where reading that throws, what is thrown. */
export function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}

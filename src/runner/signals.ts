// Signals of callers. Many tasks may hang on one signal, so each signal is listened to once for all of them, and not at
// all while there are none.

/** What can be told to end. */
export interface Abortable {
  /** The signal was aborted. Called once at the most. */
  aborted(reason: unknown): void;
}

class WatchedSignal {
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<Abortable>();
  readonly #onAbort = (): void => {
    // What one leads to may be that others end.
    for (const each of [...this.#waiting]) if (this.#waiting.delete(each)) each.aborted(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(each: Abortable): void {
    this.#waiting.add(each);
    if (this.#waiting.size === 1) this.#signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  remove(each: Abortable): void {
    if (this.#waiting.delete(each) && this.#waiting.size === 0)
      this.#signal.removeEventListener('abort', this.#onAbort);
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
  return signal !== undefined && signal.aborted && signal.reason === error;
}

/** Rejected with the reason itself, which is the caller's own and stays as it is. */
export async function abortedWith(signal: AbortSignal): Promise<never> {
  const reason: unknown = signal.reason;
  throw reason;
}

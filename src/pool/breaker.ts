// What to do when workers die while they start. To start the next one at once, for ever, would help nobody; to give up at
// the first would be wrong where memory or processes are short for a moment.
//
//     closed --failure, and no worker lives--> open --after a pause, at the next task--> probing --ready--> closed
//                                                ^------------------failure-----------------|
import { WorkerStartError } from '../errors.ts';

const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** Deaths that say nothing about their cause are forgiven this often. */
const forgiven = 2;
/** So many times in a row workers may be signalled to end before they are up. */
const forgivenInterruptions = 5;
/** Signals to a process group, which a worker ignores as soon as its first line has run. */
const groupSignals: ReadonlySet<string | null> = new Set([
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGBREAK',
]);

export class Breaker {
  #failures = 0;
  #openUntil = 0;
  #interruptions = 0;
  #interruptedAt = -Infinity;
  #last: WorkerStartError | undefined;

  /** A worker failed to start. `isSure`: it said why, so that trying again at once is pointless. True where the pool should give up on what waits. */
  failed(error: WorkerStartError, isSure: boolean, now: number): boolean {
    this.#last = error;
    this.#failures++;
    if (!isSure && this.#failures <= forgiven) return false;
    this.#openUntil = now + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(this.#failures, 10));
    return true;
  }

  /**
   * A worker that has said nothing yet is gone. True where a signal to the process group has ended it, which says nothing
   * about the next one. Workers that were started before the first death of an interruption belong to it; if the last death
   * counted, workers that die by turns would be of one interruption for ever.
   */
  isInterruption(signal: string | null, startedAt: number, now: number): boolean {
    if (!groupSignals.has(signal)) return false;
    if (startedAt > this.#interruptedAt) {
      this.#interruptions++;
      this.#interruptedAt = now;
    }
    return this.#interruptions <= forgivenInterruptions;
  }

  started(): void {
    this.#interruptions = 0;
    this.#failures = 0;
    this.#openUntil = 0;
    this.#last = undefined;
  }

  /** Why no worker may be started now, and until when; undefined where one may. */
  refusal(now: number): WorkerStartError | undefined {
    const last = this.#last;
    if (last === undefined || !this.isOpen(now)) return undefined;
    const { message, workerId: id, pid, stderr, cause } = last;
    const starts = this.#failures === 1 ? 'The last start' : `The last ${this.#failures} starts`;
    const leftMs = Math.ceil(this.#openUntil - now);
    return new WorkerStartError(
      `${message} (${starts} failed; no worker is started for another ${leftMs} ms)`,
      { id, pid, stderr },
      cause === undefined ? undefined : { cause },
    );
  }

  /** True while no worker may be started. */
  isOpen(now: number): boolean {
    return now < this.#openUntil;
  }

  /** After a failure one worker goes first; the others wait for how it does. */
  get isProbing(): boolean {
    return this.#failures > 0;
  }
}

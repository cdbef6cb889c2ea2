// Whether a worker process runs at all. The thread beside its loop answers within milliseconds, however long the loop is held; a
// process that is stopped as a whole (by SIGSTOP, a debugger, or a container that is frozen) answers nothing.
import { readFileSync } from 'node:fs';

/** So many times it must be found without an answer: after a stop of this process too, one more look would be too soon. */
const fewestLooks = 4;

export class Pulse {
  readonly #ask: () => void;
  readonly #pid: () => number | undefined;
  #askedAt: number | undefined;
  #looks = 0;
  #hasThread = false;

  constructor(pid: () => number | undefined, ask: () => void) {
    this.#pid = pid;
    this.#ask = ask;
    ask();
  }

  /** It has answered. `byThread`: the thread beside its loop has, which a held loop does not keep from it. */
  hear(byThread: boolean): void {
    if (byThread) this.#hasThread = true;
    this.#askedAt = undefined;
    this.#looks = 0;
  }

  /**
   * To be called now and then while its loop does not come back. Asks, and returns for how long it has owed the answer, in milliseconds. Where no
   * thread has answered yet there may be none; then the system must say that the process is stopped, or it is 0.
   */
  look(now: number): number {
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      this.#ask();
    }
    this.#looks++;
    return this.#looks >= fewestLooks && (this.#hasThread || isStopped(this.#pid())) ? now - this.#askedAt : 0;
  }
}

/** As Linux says; false where that cannot be read. */
function isStopped(pid: number | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // After the name, which may hold anything: `T` by a signal, `t` by a debugger.
    return /^[Tt]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

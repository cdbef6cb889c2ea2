// Whether a worker's loop comes back. A worker that has tasks and says nothing for a while is asked; any message is an answer.

export class LoopWatch {
  /** It has said something since the last look. */
  hasSpoken = false;
  /** It has not come back for longer than it should. */
  isUnresponsive = false;
  /** Since when it has been owing an answer. */
  #askedAt: number | undefined;

  /**
   * To be called now and then. True where it must be asked now.
   *
   * @param silentSince Since when it has been silent about what it was given last; undefined where it has reported.
   */
  look(now: number, isBusy: boolean, silentSince: number | undefined): boolean {
    if (this.hasSpoken) {
      this.hasSpoken = false;
      this.#askedAt = undefined;
      return false;
    }
    if (this.#askedAt !== undefined || !isBusy) return false;
    this.#askedAt = Math.min(now, silentSince ?? now);
    return true;
  }

  /** How long it has been held, at the least. */
  heldMs(now: number): number {
    return this.hasSpoken || this.#askedAt === undefined ? 0 : now - this.#askedAt;
  }
}

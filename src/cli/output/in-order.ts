// Brings what ends in any order into the order of the calls.

export class InOrder<T> {
  /** What has come before its turn; undefined stands for a call of which nothing came. */
  readonly #early = new Map<number, T | undefined>();
  #next = 0;

  /** Takes what the call with this index came to, and tells all whose turn it is now. */
  *put(index: number, thing: T | undefined): Generator<T, void> {
    this.#early.set(index, thing);
    while (this.#early.has(this.#next)) {
      const due = this.#early.get(this.#next);
      this.#early.delete(this.#next++);
      if (due !== undefined) yield due;
    }
  }

  /** So many calls have had their turn. */
  get past(): number {
    return this.#next;
  }

  /** What is left, in order: what it waits for will not come. */
  rest(): T[] {
    return [...this.#early]
      .toSorted(([one], [other]) => one - other)
      .map(([, thing]) => thing)
      .filter((thing) => thing !== undefined);
  }
}

// A queue on a ring buffer: both ends in constant time, and no garbage for things that pass through.

const firstCapacity = 16;

export class Fifo<T> {
  #slots: (T | undefined)[] = Array.from({ length: firstCapacity });
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size++) & (this.#slots.length - 1)] = item;
  }

  /** Puts an item in front of all others. */
  unshift(item: T): void {
    if (this.#size === this.#slots.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = item;
    this.#size++;
  }

  peek(): T | undefined {
    return this.#slots[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    if (--this.#size === 0 && this.#slots.length > 1_024) {
      // A burst is over; its memory need not stay.
      this.#slots = Array.from({ length: firstCapacity });
      this.#head = 0;
    }
    return item;
  }

  /** What is in it, in order. */
  *[Symbol.iterator](): Generator<T> {
    for (let at = 0; at < this.#size; at++) yield this.#slots[(this.#head + at) & (this.#slots.length - 1)] as T;
  }

  /** Takes everything out, in order. */
  drain(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items[items.length] = item;
    return items;
  }

  #grow(): void {
    const { length } = this.#slots;
    const slots: (T | undefined)[] = Array.from({ length: 2 * length });
    for (let at = 0; at < this.#size; at++) slots[at] = this.#slots[(this.#head + at) & (length - 1)];
    this.#slots = slots;
    this.#head = 0;
  }
}

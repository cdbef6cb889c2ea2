// A queue in blocks: both ends in constant time, no garbage for things that pass through, and a burst of a million is never
// copied, for blocks are added and nothing moves.

const blockSize = 512;

interface Block<T> {
  readonly slots: (T | undefined)[];
  next: Block<T> | undefined;
}

export class Fifo<T> {
  #first: Block<T> = newBlock();
  #last = this.#first;
  /** Where the first item stands in the first block, and where the next goes in the last. */
  #head = 0;
  #tail = 0;
  #size = 0;
  /** A block that was left, for the next that is needed. */
  #spare: Block<T> | undefined;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#tail === blockSize) {
      this.#last = this.#last.next = this.#takeSpare();
      this.#tail = 0;
    }
    this.#last.slots[this.#tail++] = item;
    this.#size++;
  }

  /** Puts an item in front of all others. */
  unshift(item: T): void {
    if (this.#size === 0) {
      this.push(item);
      return;
    }
    if (this.#head === 0) {
      const first = this.#takeSpare();
      first.next = this.#first;
      this.#first = first;
      this.#head = blockSize;
    }
    this.#first.slots[--this.#head] = item;
    this.#size++;
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#first.slots[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const block = this.#first;
    const item = block.slots[this.#head];
    block.slots[this.#head++] = undefined;
    if (--this.#size === 0) this.#head = this.#tail = 0;
    else if (this.#head === blockSize) {
      this.#first = block.next as Block<T>;
      // A block that is old for the garbage collector would hold on to those behind it.
      block.next = undefined;
      this.#spare = block;
      this.#head = 0;
    }
    return item;
  }

  /** What is in it, in order. */
  *[Symbol.iterator](): Generator<T> {
    let block = this.#first;
    let place = this.#head;
    for (let left = this.#size; left > 0; left--) {
      if (place === blockSize) {
        block = block.next as Block<T>;
        place = 0;
      }
      yield block.slots[place++] as T;
    }
  }

  /** Takes everything out, in order. */
  drain(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items[items.length] = item;
    return items;
  }

  #takeSpare(): Block<T> {
    const block = this.#spare ?? newBlock();
    this.#spare = undefined;
    return block;
  }
}

function newBlock<T>(): Block<T> {
  return { slots: [], next: undefined };
}

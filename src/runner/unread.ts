// Finished items of a map until they are read, in the order in which they are handed over: a ring of values, with holes
// where an earlier item has not finished yet.
import { arrayFill } from '../task/arrays.ts';

const firstCapacity = 16;

/** Stands where nothing is (yet); no value of a user can be it. */
export const nothing: unique symbol = Symbol('nothing');

export class Unread {
  #ring: unknown[] = holes(firstCapacity);
  /** The index that is read next. */
  #first = 0;
  #end = 0;

  /** Puts a value where its index says. */
  put(index: number, value: unknown): void {
    while (index - this.#first >= this.#ring.length) this.#grow();
    this.#ring[index & (this.#ring.length - 1)] = value;
    if (index >= this.#end) this.#end = index + 1;
  }

  /** Puts a value behind all others. */
  push(value: unknown): void {
    this.put(this.#end, value);
  }

  /** The next value; {@link nothing} where it is not there yet. */
  take(): unknown {
    const at = this.#first & (this.#ring.length - 1);
    const value = this.#ring[at];
    if (value === nothing) return nothing;
    this.#ring[at] = nothing;
    this.#first++;
    return value;
  }

  /** The next values were handed over without coming here. */
  skip(count: number): void {
    this.#first += count;
    if (this.#end < this.#first) this.#end = this.#first;
  }

  /** Moves all that can be read to the end of an array; how many that was. */
  takeAll(into: unknown[]): number {
    const before = this.#first;
    for (let value = this.take(); value !== nothing; value = this.take()) into[into.length] = value;
    return this.#first - before;
  }

  #grow(): void {
    const { length } = this.#ring;
    const ring = holes(2 * length);
    for (let index = this.#first; index < this.#end; index++) {
      ring[index & (2 * length - 1)] = this.#ring[index & (length - 1)];
    }
    this.#ring = ring;
  }
}

function holes(count: number): unknown[] {
  return arrayFill(Array.from<unknown>({ length: count }), nothing);
}

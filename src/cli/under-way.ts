// What is known of things by their place in a row, of which most are taken out soon after they were put in, and a few very much
// later. A Map does the same; at half a million things a second it was a tenth of all that the command does.

const slots = 1 << 14;

export class UnderWay<T> {
  /** Things by their place, modulo its length. */
  readonly #ring: (T | undefined)[] = Array.from({ length: slots }, () => undefined);
  readonly #places = new Float64Array(slots);
  /** Those whose slot another needed. */
  readonly #late = new Map<number, T>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  set(place: number, thing: T): void {
    const slot = place % slots;
    const before = this.#ring[slot];
    if (before !== undefined) this.#late.set(this.#places[slot] as number, before);
    this.#ring[slot] = thing;
    this.#places[slot] = place;
    this.#size++;
  }

  /** Takes a thing out; undefined where there is none at that place. */
  take(place: number): T | undefined {
    const slot = place % slots;
    const found = this.#places[slot] === place ? this.#ring[slot] : undefined;
    if (found !== undefined) {
      this.#ring[slot] = undefined;
      this.#size--;
      return found;
    }
    const late = this.#late.get(place);
    if (late !== undefined) {
      this.#late.delete(place);
      this.#size--;
    }
    return late;
  }

  /** All, by their place. */
  values(): T[] {
    const all: [place: number, thing: T][] = [...this.#late];
    for (const [slot, thing] of this.#ring.entries())
      if (thing !== undefined) all.push([this.#places[slot] as number, thing]);
    return all.toSorted(([one], [other]) => one - other).map(([, thing]) => thing);
  }
}

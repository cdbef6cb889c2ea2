// A copy of what is plain data, which most results are. It is what packing would make of it, without a path for each part and
// without a list of special things.
import { arrayIndexOf } from '../task/arrays.ts';
import { hasElementsOnly } from './array-keys.ts';
import { deep } from './values.ts';

/** Up to so many objects it is quicker to look along a list than to keep a map. */
const fewObjects = 16;

export interface PlainCopy {
  readonly body: object;
  /** About how many bytes it takes. */
  readonly bytes: number;
}

/** A copy that later changes of the value do not reach. Undefined says only that it needs a closer look. */
export function plainCopy(value: object): PlainCopy | undefined {
  const copier = new Copier();
  try {
    const body = copier.copy(value, 0);
    return body && { body, bytes: copier.bytes };
  } catch {
    // A getter or a proxy throws. The closer look will say where.
    return undefined;
  }
}

class Copier {
  bytes = 0;
  readonly #originals: object[] = [];
  readonly #copies: object[] = [];
  #more: Map<object, object> | undefined;

  copy(value: object, depth: number): object | undefined {
    const known = this.#copyOf(value);
    if (known !== undefined || depth > deep) return known;
    if (Array.isArray(value)) return this.#array(value, depth);
    if (Object.getPrototypeOf(value) !== Object.prototype || Object.hasOwn(value, Symbol.toStringTag)) return undefined;
    if ((value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] !== undefined) return undefined;
    const copy: Record<string, unknown> = { ...value };
    this.#remember(value, copy);
    const keys = Object.keys(copy);
    this.bytes += 8 * keys.length;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? '';
      const part = copy[key];
      if (typeof part === 'object' && part !== null) {
        const copied = this.copy(part, depth + 1);
        if (copied === undefined) return undefined;
        copy[key] = copied;
      } else if (!this.#isSimple(part)) return undefined;
    }
    return copy;
  }

  #array(value: readonly unknown[], depth: number): object | undefined {
    if (Object.getPrototypeOf(value) !== Array.prototype || !hasElementsOnly(value)) return undefined;
    const copy: unknown[] = [];
    this.#remember(value, copy);
    for (let at = 0; at < value.length; at++) {
      const part = value[at];
      if (typeof part === 'object' && part !== null) {
        const copied = this.copy(part, depth + 1);
        if (copied === undefined) return undefined;
        copy[at] = copied;
      } else if (part === undefined && !(at in value)) return undefined;
      else if (this.#isSimple(part)) copy[at] = part;
      else return undefined;
    }
    return copy;
  }

  #isSimple(part: unknown): boolean {
    this.bytes += typeof part === 'string' ? part.length : 8;
    return typeof part !== 'function' && typeof part !== 'symbol';
  }

  /** One that stands in it twice is one in the copy, and cycles hold. */
  #copyOf(value: object): object | undefined {
    if (this.#more !== undefined) return this.#more.get(value);
    const at = arrayIndexOf(this.#originals, value);
    return at < 0 ? undefined : this.#copies[at];
  }

  #remember(value: object, copy: object): void {
    if (this.#more !== undefined) {
      this.#more.set(value, copy);
      return;
    }
    const count = this.#originals.length;
    this.#originals[count] = value;
    this.#copies[count] = copy;
    if (count + 1 < fewObjects) return;
    const more = new Map<object, object>();
    for (let at = 0; at <= count; at++) more.set(this.#originals[at] ?? value, this.#copies[at] ?? copy);
    this.#more = more;
  }
}

// Inputs of a map that were pulled in this turn of the loop, and are submitted together when the turn is over.
import { arrayPush } from '../task/arrays.ts';
import { nextTick } from '../task/platform.ts';
import { preparedItem } from './unsent.ts';

export class FreshInputs {
  #inputs: unknown[] = [];
  readonly #submit: () => void;

  constructor(submit: () => void) {
    this.#submit = submit;
  }

  get size(): number {
    return this.#inputs.length;
  }

  add(input: unknown): void {
    if (arrayPush(this.#inputs, preparedItem(input)) === 1) nextTick(this.#submit);
  }

  /** Adds inputs of which none is an object. The array is not used by the caller any more. */
  addValues(inputs: unknown[]): void {
    if (this.#inputs.length === 0) {
      this.#inputs = inputs;
      nextTick(this.#submit);
    } else for (let at = 0; at < inputs.length; at++) this.#inputs[this.#inputs.length] = inputs[at];
  }

  /** Takes out all of them. */
  take(): unknown[] {
    const inputs = this.#inputs;
    this.#inputs = [];
    return inputs;
  }
}

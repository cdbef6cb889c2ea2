// `--batch`: so many inputs as one, which the function gets as a list. To all else a batch is what an input is otherwise: it has a seq, a
// record and an entry in the log, and is tried again as a whole.
import type { Input, InputSource } from './inputs.ts';

export class Batches implements InputSource {
  readonly #inputs: InputSource;
  readonly #size: number;
  #batch: Input[] = [];
  /** What cannot be read ends the batch before it, and comes by itself. */
  #bad: Input | undefined;
  /** Reading has ended, or failed: what was read before that comes first. */
  #end: { readonly failure?: { readonly error: unknown } } | undefined;

  constructor(inputs: InputSource, size: number) {
    this.#inputs = inputs;
    this.#size = size;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get share(): number | undefined {
    return this.#inputs.share;
  }

  take(): Input | undefined {
    for (;;) {
      const due = this.#due();
      if (due !== undefined) return due;
      const input = this.#inputs.take();
      if (input === undefined) return undefined;
      this.#add(input);
    }
  }

  async next(): Promise<IteratorResult<Input, void>> {
    for (;;) {
      const value = this.take();
      if (value !== undefined) return { done: false, value };
      if (this.#end !== undefined) {
        const { failure } = this.#end;
        if (failure !== undefined) throw failure.error;
        return { done: true, value: undefined };
      }
      try {
        const next = await this.#inputs.next();
        if (next.done === true) this.#end = {};
        else this.#add(next.value);
      } catch (error) {
        this.#end = { failure: { error } };
      }
    }
  }

  return(): Promise<IteratorResult<Input, void>> {
    this.#batch = [];
    this.#bad = undefined;
    this.#end ??= {};
    return this.#inputs.return();
  }

  #add(input: Input): void {
    if (input.problem === undefined) this.#batch.push(input);
    else this.#bad = input;
  }

  #due(): Input | undefined {
    const { length } = this.#batch;
    const isOver = length === this.#size || this.#bad !== undefined || this.#end !== undefined;
    if (length > 0 && isOver) {
      const batch = this.#batch;
      this.#batch = [];
      return joined(batch);
    }
    const bad = this.#bad;
    this.#bad = undefined;
    return bad;
  }
}

function joined(batch: readonly Input[]): Input {
  const [{ file, line } = { file: '', line: 0 }] = batch;
  return {
    file,
    line,
    text: batch.map(({ text }) => text).join('\n'),
    // An input may have newlines in it.
    identity: JSON.stringify(batch.map(({ text, identity = text }) => identity)),
    value: batch.map(({ value }) => value),
    problem: undefined,
    parts: batch,
  };
}

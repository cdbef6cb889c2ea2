// A number that can be changed while a run goes on: it stands in a file, `-j @workers.txt`, as GNU parallel has it.
import { readFileSync, statSync } from 'node:fs';

import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

/** What stands behind a flag: a number, or the file that has it. */
export type NumberOrFile = number | { readonly file: string };

/** Reads a flag's value: `@FILE`, or what `read` takes. */
export function orFile(read: (written: string) => number): (written: string) => NumberOrFile {
  return (written) => (written.startsWith('@') && written.length > 1 ? { file: written.slice(1) } : read(written));
}

/** The file is looked at so often. */
const lookEveryMs = 1_000;

export interface LiveNumberOptions {
  readonly flag: string;
  readonly read: (written: string) => number;
  /** Hears of each change. */
  readonly onChange: () => void;
  /** Hears why the file cannot be used any more; the number stays as it was. */
  readonly onProblem: (why: string) => void;
}

export class LiveNumber {
  #value: number;
  readonly #file: string | undefined;
  readonly #options: LiveNumberOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  #seen = '';
  #problem = '';

  /** Throws a {@link UsageError} where the file has no such number. */
  constructor(from: NumberOrFile, options: LiveNumberOptions) {
    this.#options = options;
    this.#file = typeof from === 'number' ? undefined : from.file;
    if (typeof from === 'number') {
      this.#value = from;
      return;
    }
    this.#seen = stampOf(from.file);
    this.#value = this.#read(from.file);
    this.#timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  get value(): number {
    return this.#value;
  }

  /** It comes from a file. */
  get isLive(): boolean {
    return this.#file !== undefined;
  }

  /** Looks at the file now, where there is one and it is another than before. */
  look(): void {
    const file = this.#file;
    if (file === undefined) return;
    const seen = stampOf(file);
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      const value = this.#read(file);
      this.#problem = '';
      if (value === this.#value) return;
      this.#value = value;
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.#problem) this.#options.onProblem(`${why} It stays at ${this.#value}.`);
      this.#problem = why;
      return;
    }
    this.#options.onChange();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #read(file: string): number {
    const { flag, read } = this.#options;
    let text: string;
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new UsageError(`Cannot read ${flag} @${file}: ${messageOf(error)}.`);
    }
    try {
      return read(text);
    } catch (error) {
      throw new UsageError(`${flag} @${file} has '${text.slice(0, 40)}'. ${messageOf(error)}`);
    }
  }
}

/** Another where the file was written anew. Two writes within a tick of the file system's clock mostly differ in length or place. */
function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

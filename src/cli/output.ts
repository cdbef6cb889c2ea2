// Records to stdout: many to a write, and no faster than they are read.
import { once } from 'node:events';
import type { Writable } from 'node:stream';

const flushAtLength = 64 * 1_024;

export class RecordWriter {
  readonly #to: Writable;
  /** As it is now: inline, what tasks print is sent elsewhere by replacing it. */
  readonly #write: (text: string) => boolean;
  #waiting = '';
  #isBroken = false;
  #isFlushPlanned = false;

  constructor(to: Writable) {
    this.#to = to;
    this.#write = to.write.bind(to);
    to.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read us has enough (`| head`).
      if (error.code !== 'EPIPE') throw error;
      this.#isBroken = true;
    });
  }

  /** Nobody reads any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes one line; the promise, where there is one, is to be waited for before the next. */
  write(line: string): Promise<void> | undefined {
    this.#waiting += `${line}\n`;
    if (this.#waiting.length >= flushAtLength) return this.flush();
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      setImmediate(() => void this.flush());
    }
    return undefined;
  }

  async flush(): Promise<void> {
    this.#isFlushPlanned = false;
    if (this.#waiting === '' || this.#isBroken) return;
    const text = this.#waiting;
    this.#waiting = '';
    if (this.#write(text)) return;
    await Promise.race([once(this.#to, 'drain'), once(this.#to, 'close')]).catch(() => {
      // The `error` listener knows.
    });
  }
}

// Records to stdout: many to a write, and no faster than they are read.
import { once } from 'node:events';
import type { Writable } from 'node:stream';

import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

const flushAtLength = 64 * 1_024;

export class RecordWriter {
  readonly #to: Writable;
  /** As it is now: inline, what tasks print is sent elsewhere by replacing it. */
  readonly #write: (text: string) => boolean;
  #waiting = '';
  #isBroken = false;
  #failure: Error | undefined;
  #isFlushPlanned = false;

  constructor(to: Writable) {
    this.#to = to;
    this.#write = to.write.bind(to);
    to.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read us has enough (`| head`), or it cannot be written at all.
      this.#isBroken = true;
      if (error.code !== 'EPIPE') this.#failure = error;
    });
  }

  /** Nobody reads any more. Throws where that is because writing failed. */
  get isBroken(): boolean {
    if (this.#failure !== undefined) throw new UsageError(`Cannot write to stdout: ${messageOf(this.#failure)}.`);
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
    const settled = new AbortController();
    const { signal } = settled;
    await Promise.race([once(this.#to, 'drain', { signal }), once(this.#to, 'close', { signal })]).catch(() => {
      // The `error` listener knows.
    });
    settled.abort();
  }
}

// Where records go: stdout, or a file.
import { once } from 'node:events';
import type { Writable } from 'node:stream';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import type { AppendFile } from './append-file.ts';

export interface Destination {
  /** Nobody reads any more. Throws a {@link UsageError} where that is because writing failed. */
  readonly isBroken: boolean;
  /** Resolves when it has been handed over. */
  write(text: string): Promise<void>;
  /** What was written is on the disk, where it is a file. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export class FileDestination implements Destination {
  readonly isBroken = false;
  readonly #file: AppendFile;

  constructor(file: AppendFile) {
    this.#file = file;
  }

  write(text: string): Promise<void> {
    return this.#file.write(text);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

export class StreamDestination implements Destination {
  readonly #to: Writable;
  /** As it is now: inline, what tasks print is sent elsewhere by replacing it. */
  readonly #write: (text: string) => boolean;
  readonly #before: () => void;
  #isBroken = false;
  #failure: Error | undefined;

  /** `before`: called before something is written. */
  constructor(to: Writable, before: () => void) {
    this.#before = before;
    this.#to = to;
    this.#write = to.write.bind(to);
    to.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read us has enough (`| head`), or it cannot be written at all.
      this.#isBroken = true;
      if (error.code !== 'EPIPE') this.#failure = error;
    });
  }

  get isBroken(): boolean {
    if (this.#failure !== undefined) throw new UsageError(`Cannot write to stdout: ${messageOf(this.#failure)}.`);
    return this.#isBroken;
  }

  async write(text: string): Promise<void> {
    if (this.#isBroken) return;
    this.#before();
    if (this.#write(text)) return;
    const settled = new AbortController();
    const { signal } = settled;
    await Promise.race([once(this.#to, 'drain', { signal }), once(this.#to, 'close', { signal })]).catch(() => {
      // The `error` listener knows.
    });
    settled.abort();
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
}

// Where records go: stdout, or a file.
import type { Writable } from 'node:stream';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';
import type { AppendFile } from './append-file.ts';

export interface Destination {
  /** Nobody reads any more. Throws a {@link UsageError} where that is because writing failed. */
  readonly isBroken: boolean;
  /** Resolves when it has been handed over. */
  write(text: string): Promise<void>;
  /** Waits no longer for who reads. */
  giveUp(): void;
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

  giveUp(): void {}

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
  readonly #write: (text: string, then: () => void) => boolean;
  readonly #asWritten: (text: string) => string;
  #isBroken = false;
  #failure: Error | undefined;
  #taken: () => void = () => {};

  /** `asWritten`: called with each text before it is written; what it returns is written. */
  constructor(to: Writable, asWritten: (text: string) => string = (text) => text) {
    this.#asWritten = asWritten;
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
    const written = this.#asWritten(text);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#taken = resolve;
    this.#to.once('close', resolve);
    // Node keeps what a pipe does not take yet; that has not been handed over.
    this.#write(written, resolve);
    await promise;
    this.#to.off('close', resolve);
  }

  giveUp(): void {
    this.#isBroken = true;
    this.#taken();
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
}

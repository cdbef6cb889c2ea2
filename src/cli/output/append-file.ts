// A file that is only ever added to.
import { open, type FileHandle } from 'node:fs/promises';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

export class AppendFile {
  readonly #name: string;
  readonly #handle: FileHandle;

  private constructor(name: string, handle: FileHandle) {
    this.#name = name;
    this.#handle = handle;
  }

  /** Throws a {@link UsageError} where it cannot be written. */
  static async open(name: string): Promise<AppendFile> {
    try {
      return new AppendFile(name, await open(name, 'a'));
    } catch (error) {
      throw new UsageError(`Cannot write to ${name}: ${messageOf(error)}.`);
    }
  }

  write(text: string): Promise<void> {
    return this.#do(() => this.#handle.appendFile(text));
  }

  /** What was written is on the disk. */
  sync(): Promise<void> {
    return this.#do(async () => {
      try {
        await this.#handle.datasync();
      } catch (error) {
        // It is no file, but a pipe or a device: there is no disk.
        if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
      }
    });
  }

  async close(): Promise<void> {
    // It may be closed twice: at the end of its use, and of the run.
    if (this.#handle.fd >= 0) await this.#handle.close();
  }

  async #do(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      throw new UsageError(`Cannot write to ${this.#name}: ${messageOf(error)}.`);
    }
  }
}

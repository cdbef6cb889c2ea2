// A file that is only ever added to.
import type { BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

export class AppendFile {
  readonly name: string;
  readonly #handle: FileHandle;
  /** What it was when it was opened. */
  readonly #opened: BigIntStats;

  private constructor(name: string, handle: FileHandle, opened: BigIntStats) {
    this.name = name;
    this.#handle = handle;
    this.#opened = opened;
  }

  /** Throws a {@link UsageError} where it cannot be written. */
  static async open(name: string): Promise<AppendFile> {
    try {
      const handle = await open(name, 'a');
      return new AppendFile(name, handle, await handle.stat({ bigint: true }));
    } catch (error) {
      throw new UsageError(`Cannot write to ${name}: ${messageOf(error)}.`);
    }
  }

  write(text: string): Promise<void> {
    return this.#do(() => this.#handle.appendFile(text));
  }

  /** True where its name leads to another file by now, or to none. */
  async isGone(): Promise<boolean> {
    const there = await stat(this.name, { bigint: true }).catch(() => undefined);
    return there?.ino !== this.#opened.ino || there.dev !== this.#opened.dev;
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
      throw new UsageError(`Cannot write to ${this.name}: ${messageOf(error)}.`);
    }
  }
}

// What a worker process has begun to start, noted where it outlives the process: in a file without a name, of which both
// ends hold a descriptor. A write to it is in the kernel's hands at once, costs a microsecond or two, and wakes nobody; to
// send a message instead would wake the pool for every task. The pool reads it when the worker has died.
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { performance, randomNumber } from '../../task/platform.ts';
import { generations, type RunKey } from '../../wire/claims.ts';

/** Three numbers for each run: what tells it from others of its number, how many of its tasks have begun, and when the last of them, if that is asked for. */
const entryLength = 3;
const entryBytes = entryLength * Float64Array.BYTES_PER_ELEMENT;

export class Ledger {
  readonly fd: number;
  readonly #bytes = Buffer.from(new ArrayBuffer(entryBytes));
  readonly #entry = new Float64Array(this.#bytes.buffer, this.#bytes.byteOffset, entryLength);

  constructor(fd: number) {
    this.fd = fd;
  }

  /** A new one; undefined where no such file can be made. Memory that looks like a folder is the best place for it. */
  static create(): Ledger | undefined {
    for (const folder of ['/dev/shm', tmpdir()]) {
      const path = join(folder, `polyloop-${process.pid}-${performance.now()}-${randomNumber()}`);
      try {
        const fd = openSync(path, 'wx+', 0o600);
        unlinkSync(path);
        return new Ledger(fd);
      } catch {
        // Not there, or not to be written to; the worker will send messages instead.
      }
    }
    return undefined;
  }

  /** Notes that the first tasks of a run begin. False where that cannot be written. */
  note(run: RunKey, count: number, now = 0): boolean {
    this.#entry[0] = keyOf(run);
    this.#entry[1] = count;
    this.#entry[2] = now;
    try {
      return writeSync(this.fd, this.#bytes, 0, entryBytes, run.number * entryBytes) === entryBytes;
    } catch {
      return false;
    }
  }

  /** How many tasks of a run have begun. */
  begun(run: RunKey): number {
    return this.#has(run) ? (this.#entry[1] ?? 0) : 0;
  }

  /** When the last of them began, on the machine's clock. */
  begunAt(run: RunKey): number {
    return this.#has(run) ? (this.#entry[2] ?? 0) : 0;
  }

  #has(run: RunKey): boolean {
    const bytesRead = readSync(this.fd, this.#bytes, 0, entryBytes, run.number * entryBytes);
    return bytesRead === entryBytes && this.#entry[0] === keyOf(run);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** The same tasks may be sent again under the same number, so their ids alone would not do. */
function keyOf({ firstId, generation }: RunKey): number {
  return firstId * generations + generation;
}

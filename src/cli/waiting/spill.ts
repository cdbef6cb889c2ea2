// The file to which results go that wait for their turn. With a job log it stays until they had it, whatever ends the program;
// without one it has no name, and is gone with the program. What had its turn is only skipped, and leaves when that is most of it.
import { constants, rmSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { messageOf } from '../message-of.ts';
import type { CsvHeader } from '../output/csv-header.ts';
import type { Fsync } from '../output/handover.ts';
import { UsageError } from '../usage-error.ts';
import { decodeFrame, encodeFrames, type Stretch, type Waited, type WaitingHeader } from './frames.ts';

const leastWasted = 64 << 20;
const copiedAtOnce = 1 << 20;
/** So much is written and read again and again in one buffer; it would be most of what the program holds otherwise. */
const mostReused = 4 << 20;
const syncEveryMs = 1_000;

export interface SpillOptions {
  /** How it is called; undefined where it has no name. */
  readonly name: string | undefined;
  /** Where it is on the disk of the output, if it has no name. */
  readonly besides: string | undefined;
  readonly header: WaitingHeader;
  /** When this run began or went on. */
  readonly ranIn: number;
  readonly fsync: Fsync;
  /** Resolves when what had its turn is in the output, and in the log; with false, where that cannot be. */
  readonly handedOver: () => Promise<boolean>;
}

export class Spill {
  readonly #options: SpillOptions;
  #handle: FileHandle | undefined;
  #size = 0;
  /** What waits in it, in the order in which it stands there. */
  readonly #waiting = new Set<Stretch>();
  #waitingBytes = 0;
  #syncedAt = 0;
  #reused: Buffer = Buffer.alloc(0);
  /** One thing at a time is done to it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: SpillOptions) {
    this.#options = options;
  }

  /** As it is called for the user. */
  get name(): string {
    return this.#options.name ?? `a file in ${this.#folder}`;
  }

  /** Takes over what an earlier run has left: of it, that which still waits. */
  takeUp(left: readonly Stretch[]): Promise<void> {
    return this.#do(async () => {
      const { name } = this.#options;
      if (name === undefined) return;
      await rm(rewrittenOf(name), { force: true });
      if (left.length === 0) return await rm(name, { force: true });
      this.#handle = await open(name, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
      for (const stretch of left) this.#add(stretch);
      return await this.#writeAnew();
    });
  }

  /** Adds results, and tells where they are. */
  append(all: readonly Waited[], rows: CsvHeader | undefined): Promise<Stretch[]> {
    return this.#do(async () => {
      this.#handle ??= await this.#begin(this.#options.name);
      const isWasted = this.#size - this.#waitingBytes > Math.max(leastWasted, this.#waitingBytes);
      if (isWasted && (await this.#options.handedOver())) await this.#writeAnew();
      const { ranIn } = this.#options;
      const { bytes, lengths } = encodeFrames(all, { ranIn, rows }, (length) => this.#roomFor(length));
      let from = this.#size;
      this.#size += bytes.length;
      await writeAll(this.#handle, bytes, from);
      const places = lengths.map((length) => {
        const place: Stretch = { from, bytes: length };
        from += length;
        return place;
      });
      for (const place of places) this.#add(place);
      await this.#sync();
      return places;
    });
  }

  read(place: Stretch): Promise<Waited> {
    return this.#do(async () => {
      if (this.#handle === undefined) throw new Error('it is closed');
      const bytes = await readPart(this.#handle, this.#roomFor(place.bytes), place.from);
      return decodeFrame(bytes, this.#options.ranIn);
    });
  }

  /** It had its turn. */
  release(place: Stretch): void {
    if (this.#waiting.delete(place)) this.#waitingBytes -= place.bytes;
  }

  /** `isOver`: nothing in it is of use any more. */
  close(isOver: boolean): Promise<void> {
    return this.#do(async () => {
      await this.#handle?.close();
      this.#handle = undefined;
      if (isOver && this.#options.name !== undefined) await rm(this.#options.name, { force: true });
    });
  }

  get #folder(): string {
    const { besides } = this.#options;
    return besides === undefined ? tmpdir() : dirname(besides);
  }

  #roomFor(bytes: number): Buffer {
    if (bytes > mostReused) return Buffer.allocUnsafe(bytes);
    if (bytes > this.#reused.length) this.#reused = Buffer.allocUnsafe(Math.min(mostReused, 2 * bytes));
    return this.#reused.subarray(0, bytes);
  }

  #add(place: Stretch): void {
    this.#waiting.add(place);
    this.#waitingBytes += place.bytes;
  }

  /** What stands at its name is nobody else's: nothing is followed, and nothing written over. */
  async #begin(name: string | undefined): Promise<FileHandle> {
    const file = name ?? join(this.#folder, `.polyloop-waiting-${process.pid}-${process.hrtime.bigint()}`);
    const handle = await open(file, 'wx+', 0o600);
    if (name === undefined) rmSync(file);
    const header = Buffer.from(`${JSON.stringify(this.#options.header)}\n`);
    await writeAll(handle, header, 0);
    this.#size = header.length;
    return handle;
  }

  async #writeAnew(): Promise<void> {
    const { name } = this.#options;
    const before = this.#handle;
    if (before === undefined) return;
    const anew = name === undefined ? undefined : rewrittenOf(name);
    if (anew !== undefined) await rm(anew, { force: true });
    const handle = await this.#begin(anew);
    const moved: (readonly [place: Stretch, from: number])[] = [];
    for (const place of this.#waiting) {
      for (let at = 0; at < place.bytes; at += copiedAtOnce) {
        const room = this.#roomFor(Math.min(copiedAtOnce, place.bytes - at));
        const part = await readPart(before, room, place.from + at);
        await writeAll(handle, part, this.#size + at);
      }
      moved.push([place, this.#size]);
      this.#size += place.bytes;
    }
    if (anew !== undefined && name !== undefined) {
      await handle.sync();
      await rename(anew, name);
    }
    for (const [place, from] of moved) place.from = from;
    this.#handle = handle;
    await before.close();
  }

  async #sync(): Promise<void> {
    const { name, fsync } = this.#options;
    if (name === undefined || fsync === 'never') return;
    const now = performance.now();
    if (fsync === '1s' && now - this.#syncedAt < syncEveryMs) return;
    this.#syncedAt = now;
    await this.#handle?.datasync();
  }

  #do<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      try {
        return await act();
      } catch (error) {
        if (error instanceof UsageError) throw error;
        throw new UsageError(`Cannot use ${this.name}, where results wait for their turn: ${messageOf(error)}.`);
      }
    });
    this.#last = done.catch(() => {});
    return done;
  }
}

/** Where it is written anew. */
export function rewrittenOf(name: string): string {
  return `${name}-rewritten`;
}

async function writeAll(handle: FileHandle, bytes: Buffer, from: number): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, from + at)).bytesWritten;
}

/** Fills the buffer. */
async function readPart(handle: FileHandle, bytes: Buffer, from: number): Promise<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) throw new Error('it became shorter');
    at += bytesRead;
  }
  return bytes;
}

// Hands results over, and then says so in the job log: many to a write, never the other way round, and no faster than
// they are taken.
import { visibleJson } from '../../report/visible.ts';
import { measured, type EndEntry, type Entry, type WritingEntry } from '../joblog/entries.ts';
import type { AppendFile } from './append-file.ts';
import type { Destination } from './destination.ts';

/** When what was written is to be on the disk: whenever the system likes, once a second, or before the next is written. */
export type Fsync = 'never' | '1s' | 'each';

const flushAtLength = 64 * 1_024;
const syncEveryMs = 1_000;

export interface HandoverOptions {
  readonly to: Destination;
  readonly log: AppendFile | undefined;
  readonly fsync: Fsync;
  /** Entries say how long their records are. */
  readonly isMeasured: boolean;
  /** Where inputs go that have failed. */
  readonly errors: AppendFile | undefined;
  /** Entries say how long these are, too. */
  readonly areErrorsMeasured: boolean;
}

export class Handover {
  readonly #options: HandoverOptions;
  #records = '';
  #failed = '';
  #entries = '';
  #isFlushPlanned = false;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;
  #syncTimer: NodeJS.Timeout | undefined;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** Nobody reads any more. Throws what went wrong before. */
  get isBroken(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#options.to.isBroken;
  }

  /** Something of what was handed over could not be written. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Hands over what a task has ended with, and its input where that has failed. The promise, where there is one, is to be waited
   * for before the next.
   */
  put(records: string, entry: EndEntry | undefined, failed: string): Promise<void> | undefined {
    this.#records += records;
    this.#failed += failed;
    if (entry !== undefined && this.#options.log !== undefined) this.#addEntry(this.#measure(entry, records, failed));
    return this.#flushWhenDue();
  }

  #measure(entry: EndEntry, records: string, failed: string): EndEntry {
    const { isMeasured, areErrorsMeasured } = this.#options;
    const inErrors = areErrorsMeasured && failed !== '';
    if (!isMeasured && !inErrors) return entry;
    return { ...entry, ...(isMeasured && measured(records)), ...(inErrors && { failed: measured(failed) }) };
  }

  /** Writes an entry to the log, where there is one. */
  note(entry: Entry): void {
    if (this.#options.log === undefined) return;
    this.#addEntry(entry);
    void this.#flushWhenDue();
  }

  #addEntry(entry: Entry): void {
    this.#entries += `${JSON.stringify(entry)}\n`;
  }

  #flushWhenDue(): Promise<void> | undefined {
    const isMuch = this.#records.length + this.#failed.length + this.#entries.length >= flushAtLength;
    if (isMuch) return this.flush();
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      setImmediate(() => void this.flush());
    }
    return undefined;
  }

  /** Resolves when all is handed over; what goes wrong is told by {@link isBroken}. */
  flush(): Promise<void> {
    this.#isFlushPlanned = false;
    return (this.#writing = this.#writing.then(() => this.#writeAll()));
  }

  /** Waits no longer for who reads: what was not taken is not told of in the log. */
  giveUp(): void {
    this.#options.to.giveUp();
  }

  /** Writes what is left, to the disk where that was asked for. */
  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#syncTimer);
    const { to, log, fsync } = this.#options;
    try {
      if (fsync !== 'never' && this.#failure === undefined) await this.#sync();
    } finally {
      await to.close();
      await this.#options.errors?.close();
      await log?.close();
    }
  }

  async #writeAll(): Promise<void> {
    const records = this.#records;
    const failed = this.#failed;
    // Whoever reads the log in a terminal reads the inputs and messages in it.
    const entries = visibleJson(this.#entries);
    this.#records = this.#failed = this.#entries = '';
    if (this.#failure !== undefined || (records === '' && failed === '' && entries === '')) return;
    const { to, log, errors, fsync } = this.#options;
    try {
      await this.#announce(records, failed);
      if (records !== '') await to.write(records);
      // What nobody has read has not been handed over.
      if (to.isBroken) return;
      if (failed !== '') await errors?.write(failed);
      if (fsync === 'each') await to.sync();
      if (fsync === 'each' && failed !== '') await errors?.sync();
      if (entries !== '') await log?.write(entries);
      if (fsync === 'each') await log?.sync();
      if (fsync === '1s') this.#syncTimer ??= setTimeout(() => this.#planSync(), syncEveryMs).unref();
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** If the program is killed while it writes, what is there is known to be its own. */
  async #announce(records: string, failed: string): Promise<void> {
    const { log, isMeasured, areErrorsMeasured } = this.#options;
    const ofRecords = isMeasured ? records : '';
    const ofErrors = areErrorsMeasured ? failed : '';
    if (log === undefined || (ofRecords === '' && ofErrors === '')) return;
    const entry: WritingEntry = {
      type: 'writing',
      ...measured(ofRecords),
      ...(ofErrors !== '' && { failed: measured(ofErrors) }),
    };
    await log.write(`${JSON.stringify(entry)}\n`);
  }

  #planSync(): void {
    this.#syncTimer = undefined;
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#sync();
      } catch (error) {
        this.#failure ??= { error };
      }
    });
  }

  /** The output first, and what failed, for the log speaks of them. */
  async #sync(): Promise<void> {
    await this.#options.to.sync();
    await this.#options.errors?.sync();
    await this.#options.log?.sync();
  }
}

// Hands results over in the order of the inputs, whatever order they end in. What ends before its turn waits: in memory while
// that is little, and in a file where it is more, or is to be found again after a kill.
import { messageOf } from '../message-of.ts';
import type { CsvHeader } from '../output/csv-header.ts';
import { UsageError } from '../usage-error.ts';
import type { Stretch, Waited } from './frames.ts';
import type { Spill } from './spill.ts';

/** In characters: as much as waits in memory, and as is written to the file at once. */
const mostInMemory = 16e6;
const writtenAtOnce = 1e6;
/** A kill may lose what has ended so shortly before. Most has its turn earlier, and is never written there. */
const writeAfterMs = 100;

export interface TurnsOptions {
  readonly spill: Spill;
  /** Inputs have turns; otherwise only what an earlier run has left is handed over, and all else goes straight. */
  readonly isOrdered: boolean;
  /** With a job log: all that waits is in the file, and stays there until it had its turn. */
  readonly isKept: boolean;
  /** What an earlier run has left, by seq. */
  readonly left: ReadonlyMap<number, Stretch>;
  readonly rowsOf: () => CsvHeader | undefined;
  readonly handOver: (what: Waited) => Promise<void> | undefined;
  /** Nobody reads any more. */
  readonly isBroken: () => boolean;
  /** So many calls had their turn. */
  readonly letAhead: (past: number) => void;
}

interface Item {
  /** Undefined where it is in the file alone, or had its turn. */
  what: Waited | undefined;
  readonly length: number;
  readonly staysInMemory: boolean;
  place: Stretch | undefined;
  isUnwritten: boolean;
  hadItsTurn: boolean;
}

export class Turns {
  readonly #options: TurnsOptions;
  /** By the index of the call; undefined where nothing came of it. */
  readonly #early = new Map<number, Item | undefined>();
  #next = 0;
  #inMemory = 0;
  #unwritten: Item[] = [];
  #unwrittenLength = 0;
  /** What was left and whose input has come, with the index of the call before which it is to be handed over. */
  #left: (readonly [seq: number, before: number])[] = [];
  readonly #leftBySeq: Map<number, Stretch>;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#leftBySeq = new Map(options.left);
  }

  /** So many results wait. */
  get waiting(): number {
    let count = this.#leftBySeq.size;
    for (const item of this.#early.values()) if (item !== undefined) count++;
    return count;
  }

  /** The input of what was left has come, before the call with this index. */
  come(seq: number, before: number): void {
    this.#left.push([seq, this.#options.isOrdered ? before : 0]);
  }

  /**
   * Takes what the call with this index came to, and hands over all whose turn it is. The promise, where there is one, is to be waited for before the next. Rejects
   * where what waits cannot be written.
   */
  put(index: number, what: Waited | undefined): Promise<void> | undefined {
    const { isOrdered, isKept, handOver } = this.#options;
    if (!isOrdered) return this.#handOverDue(what && handOver(what));
    // What was stopped comes when the run goes on; until then nothing behind it has its turn.
    if (what === undefined && isKept) return this.#handOverDue(undefined);
    const isEarly = index !== this.#next;
    const item = what && this.#itemOf(what, isEarly);
    this.#early.set(index, item);
    return this.#handOverDue(isEarly && item !== undefined ? this.#keep(item) : undefined);
  }

  /** Nothing more comes. `isWhole`: all inputs have come, and all calls have ended. */
  async end(isWhole: boolean): Promise<void> {
    const { isKept, isBroken } = this.#options;
    await this.#handOverDue(undefined);
    if (isBroken()) return;
    if (!isKept) await this.#handOverRest();
    else if (!isWhole) await this.#write();
    else {
      // The inputs of these are there no more. They were called, and others like them are in the output.
      for (const seq of [...this.#leftBySeq.keys()].toSorted((one, other) => one - other))
        await this.#handOverLeft(seq);
    }
  }

  /** What has not had its turn stays in the file, with a job log. `isSafe`: what had it is in the output, and in the log. */
  async close(isSafe: boolean): Promise<void> {
    clearTimeout(this.#timer);
    const { isKept, spill } = this.#options;
    // At the end of a run all is written already. Where it ended otherwise, why it did is told, and not that this fails as well.
    if (isKept) await this.#append();
    await spill.close(isSafe && this.waiting === 0);
  }

  #itemOf(what: Waited, isEarly: boolean): Item {
    const length = what.records.length + what.failed.length;
    const staysInMemory = !isEarly || this.#inMemory + length <= mostInMemory;
    this.#inMemory += staysInMemory ? length : 0;
    return { what, length, staysInMemory, place: undefined, isUnwritten: false, hadItsTurn: false };
  }

  /** It comes before its turn. */
  #keep(item: Item): Promise<void> | undefined {
    const { isKept } = this.#options;
    if (this.#failure !== undefined) return this.#fail(this.#failure.error);
    if (!isKept && item.staysInMemory) return undefined;
    item.isUnwritten = true;
    this.#unwritten.push(item);
    this.#unwrittenLength += item.length;
    if (this.#unwrittenLength >= writtenAtOnce) return this.#write();
    if (isKept) this.#timer ??= setTimeout(() => void this.#append(), writeAfterMs);
    return undefined;
  }

  async #write(): Promise<void> {
    await this.#append();
    if (this.#failure !== undefined) await this.#fail(this.#failure.error);
  }

  /** Where that fails it is tried no more, for what was written of it would be in the way. */
  async #append(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#unwritten.filter(({ what }) => what !== undefined);
    for (const item of items) item.isUnwritten = false;
    this.#unwritten = [];
    this.#unwrittenLength = 0;
    if (items.length === 0 || this.#failure !== undefined) return;
    const { spill, rowsOf } = this.#options;
    const all = items.flatMap(({ what }) => what ?? []);
    try {
      for (const [at, place] of (await spill.append(all, rowsOf())).entries()) this.#isIn(place, items[at] as Item);
    } catch (error) {
      this.#failure = { error };
    }
  }

  #isIn(place: Stretch, item: Item): void {
    item.place = place;
    if (item.hadItsTurn) this.#options.spill.release(place);
    else if (!item.staysInMemory) item.what = undefined;
  }

  /** What waits cannot be written: without a log all that there is is handed over. */
  async #fail(error: unknown): Promise<never> {
    const { isKept } = this.#options;
    clearTimeout(this.#timer);
    let lost = 0;
    if (isKept) {
      for (const item of this.#early.values()) if (item !== undefined && item.place === undefined) lost++;
    } else await this.#handOverRest();
    const said =
      lost === 0
        ? ''
        : ` Of what waited, ${lost} ${lost === 1 ? 'result is' : 'results are'} lost; with --resume their inputs run again.`;
    throw new UsageError(`${messageOf(error)}${said}`, { cause: error });
  }

  /** Hands over what is due, after `isFull`. */
  #handOverDue(isFull: Promise<void> | undefined): Promise<void> | undefined {
    const first = isFull ?? this.#handOverUntilFull();
    return first && this.#handOverOn(first);
  }

  async #handOverOn(first: Promise<void>): Promise<void> {
    for (let isFull: Promise<void> | undefined = first; isFull !== undefined; isFull = this.#handOverUntilFull()) {
      await isFull;
      if (this.#options.isBroken()) return;
    }
  }

  #handOverUntilFull(): Promise<void> | undefined {
    const { isOrdered, letAhead } = this.#options;
    let isFull: Promise<void> | undefined;
    while (isFull === undefined) {
      const [seq, before] = this.#left[0] ?? [0, Infinity];
      if (before <= this.#next) {
        this.#left.shift();
        isFull = this.#handOverLeft(seq);
      } else if (this.#early.has(this.#next)) {
        const item = this.#early.get(this.#next);
        this.#early.delete(this.#next++);
        if (item !== undefined) isFull = this.#handOverItem(item);
      } else break;
    }
    if (isOrdered) letAhead(this.#next);
    return isFull;
  }

  #handOverItem(item: Item): Promise<void> | undefined {
    const { spill, handOver } = this.#options;
    const { what, place } = item;
    if (item.staysInMemory) this.#inMemory -= item.length;
    if (item.isUnwritten) this.#unwrittenLength -= item.length;
    item.what = undefined;
    item.hadItsTurn = true;
    if (place === undefined) return what && handOver(what);
    if (what === undefined) return this.#handOverFrom(place);
    spill.release(place);
    return handOver(what);
  }

  #handOverLeft(seq: number): Promise<void> | undefined {
    const place = this.#leftBySeq.get(seq);
    this.#leftBySeq.delete(seq);
    return place && this.#handOverFrom(place);
  }

  async #handOverFrom(place: Stretch): Promise<void> {
    const { spill, handOver } = this.#options;
    const what = await spill.read(place);
    spill.release(place);
    await handOver(what);
  }

  /** What these wait for will not come. */
  async #handOverRest(): Promise<void> {
    for (const index of [...this.#early.keys()].toSorted((one, other) => one - other)) {
      const item = this.#early.get(index);
      this.#early.delete(index);
      if (item !== undefined) await this.#handOverItem(item);
      if (this.#options.isBroken()) return;
    }
  }
}

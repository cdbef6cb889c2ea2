// A file that a run adds to, as its job log tells of it: what stands in it, in order, and what was about to.
import type { Stretch } from '../output/files.ts';

/** What an input has added: how long it is, its checksum where the log has one, and where its entry of the log begins. */
export interface KeptRecord {
  readonly seq: number;
  readonly bytes: number;
  readonly sum: string | undefined;
  readonly entryAt: number;
}

export class Account {
  /** Where the first record begins. */
  startsAt = 0;
  /** What the last run was about to add when its log ended, or had added. */
  announced: { readonly from: number; readonly bytes: number; readonly sum: string } | undefined;
  #records: KeptRecord[] = [];
  #recordBytes = 0;

  /** In the order in which they stand there. */
  get records(): readonly KeptRecord[] {
    return this.#records;
  }

  /** So long is the file, as far as the log has it. */
  get bytes(): number {
    return this.startsAt + this.#recordBytes;
  }

  /** Another run begins; what is before it is of no matter. */
  begin(startsAt: number): void {
    this.startsAt = startsAt;
    this.announced = undefined;
    this.#records = [];
    this.#recordBytes = 0;
  }

  add(record: KeptRecord): void {
    this.#records.push(record);
    this.#recordBytes += record.bytes;
  }

  announce({ bytes, sum }: { readonly bytes: number; readonly sum: string }): void {
    this.announced = { from: this.bytes, bytes, sum };
  }

  /** The file is shorter than the log has it: what is not there has not ended. Returns how much of the log is true, or undefined where it was changed by others. */
  cutTo(fileBytes: number): number | undefined {
    let { startsAt: bytes } = this;
    if (fileBytes < bytes) return undefined;
    for (const record of this.#records) {
      bytes += record.bytes;
      if (bytes > fileBytes) return record.entryAt < 0 ? undefined : record.entryAt;
    }
    return undefined;
  }

  /** What stays when some leave; undefined where all does. */
  stretchesWithout(leaves: (seq: number) => boolean): readonly Stretch[] | undefined {
    const stretches: Stretch[] = [];
    let from = 0;
    let to = this.startsAt;
    let isWhole = true;
    for (const { seq, bytes } of this.#records) {
      if (bytes > 0 && leaves(seq)) {
        isWhole = false;
        if (to > from) stretches.push({ from, to });
        from = to + bytes;
      }
      to += bytes;
    }
    if (to > from) stretches.push({ from, to });
    return isWhole ? undefined : stretches;
  }

  /** They have left; where the others stand in the log is of no more use. */
  drop(leaves: (seq: number) => boolean): void {
    this.#records = this.#records
      .filter(({ seq }) => !leaves(seq))
      .map(({ seq, bytes, sum }) => ({ seq, bytes, sum, entryAt: -1 }));
    this.#recordBytes = this.#records.reduce((sum, { bytes }) => sum + bytes, 0);
    this.announced = undefined;
  }
}

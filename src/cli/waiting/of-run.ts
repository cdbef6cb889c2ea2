// What a run has for results that wait for their turn: nothing where none does.
import { rm } from 'node:fs/promises';

import type { HeaderEntry } from '../joblog/entries.ts';
import type { Past } from '../joblog/past.ts';
import type { CsvRows } from '../output/csv-rows.ts';
import type { HandOver } from '../output/handing.ts';
import type { Fsync, Handover } from '../output/handover.ts';
import type { OutputFormat } from '../output/records.ts';
import type { CsvHeader } from '../output/csv-header.ts';
import { headerOfFile } from './frames.ts';
import { Spill } from './spill.ts';
import { Turns } from './turns.ts';

export interface WaitingOptions {
  /** Where results wait that a later run can take up, or could. */
  readonly file: string | undefined;
  readonly output: string | undefined;
  readonly isLogged: boolean;
  readonly isOrdered: boolean;
  readonly past: Past | undefined;
  readonly header: HeaderEntry;
  readonly format: OutputFormat;
  readonly fsync: Fsync;
}

export interface TurnsOf {
  readonly handover: Handover;
  readonly handOver: HandOver;
  readonly rows: CsvRows | undefined;
  readonly letAhead: (past: number) => void;
}

export class Waiting {
  readonly #options: WaitingOptions;
  readonly #spill: Spill;
  #handover: Handover | undefined;
  turns: Turns | undefined;

  constructor(options: WaitingOptions) {
    this.#options = options;
    const { file, output, isLogged, past, header, format, fsync } = options;
    this.#spill = new Spill({
      name: isLogged ? file : undefined,
      besides: output,
      header: headerOfFile(past?.header ?? header, format),
      ranIn: header.at,
      fsync,
      handedOver: async () => {
        await this.#handover?.flush();
        return this.#isSafe;
      },
    });
  }

  /** Takes over what an earlier run has left, and lets go of what is not wanted. Here a file is touched. */
  async takeUp(): Promise<void> {
    const { past, isLogged, file } = this.#options;
    if (!isLogged && file !== undefined) await rm(file, { force: true });
    const left = [...(past?.waiting.values() ?? [])].toSorted((one, other) => one.from - other.from);
    await this.#spill.takeUp(left);
  }

  begin({ handover, handOver, rows, letAhead }: TurnsOf): void {
    const { isOrdered, isLogged, past } = this.#options;
    const left = past?.waiting ?? new Map<number, never>();
    this.#handover = handover;
    if (!isOrdered && left.size === 0) return;
    this.turns = new Turns({
      spill: this.#spill,
      isOrdered,
      isKept: isLogged,
      left,
      rowsOf: () => rows?.shape,
      handOver,
      isBroken: () => handover.isBroken,
      letAhead,
    });
  }

  /** Tells what waits still, where that is something: when the run is over. */
  async end(): Promise<string | undefined> {
    const { turns } = this;
    await turns?.close(this.#isSafe);
    const { isLogged } = this.#options;
    const count = turns?.waiting ?? 0;
    if (!isLogged || count === 0) return undefined;
    const [results, their] = count === 1 ? ['result waits', 'its'] : ['results wait', 'their'];
    return `${count} ${results} for ${their} turn in ${this.#spill.name}; --resume takes them up.`;
  }

  /** What had its turn is in the output, and in the log. */
  get #isSafe(): boolean {
    try {
      return this.#handover?.isBroken === false;
    } catch {
      // Why it cannot be written is told where it is handed over.
      return false;
    }
  }
}

/** The columns of rows that wait. */
export function waitingRows(past: Past | undefined): CsvHeader | undefined {
  for (const { rows } of past?.waiting.values() ?? []) if (rows !== undefined) return rows;
  return undefined;
}

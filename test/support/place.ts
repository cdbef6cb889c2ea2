// A place for runs of the command that are gone on with: a folder with an output and a job log, and short names for what is asked of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { functions, jsonLines, linesIn, polyloop, type Line } from './command.ts';
import { newFolder } from './files.ts';
import type { Ended } from './programs.ts';

export interface Entry {
  readonly type?: string;
  readonly seq?: number;
  readonly ok?: boolean;
  readonly hash?: string;
  readonly bytes?: number;
}

export class Place {
  readonly folder = newFolder();
  readonly output = join(this.folder, 'out.jsonl');
  readonly log = join(this.folder, 'run.log');

  map(fn: string, input: string, ...args: string[]): Promise<Ended> {
    return polyloop(['map', `${functions}#${fn}`, '--joblog', 'run.log', ...args], input, this.folder);
  }

  get lines(): Line[] {
    return linesIn(this.output);
  }

  get entries(): Entry[] {
    return jsonLines(readFileSync(this.log, 'utf8')) as Entry[];
  }

  /** Which inputs have ended, by the log, in order of their seq. */
  get ended(): number[] {
    return this.entries.flatMap(({ seq }) => (seq === undefined ? [] : [seq])).toSorted((one, other) => one - other);
  }
}

export const seqs = (lines: readonly Line[]): number[] =>
  lines.map(({ seq }) => seq).toSorted((one, other) => one - other);
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

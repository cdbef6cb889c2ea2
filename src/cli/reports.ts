// The files about a run that are written at its end.
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { History } from '../report/history.ts';
import { messageOf } from './message-of.ts';
import { UsageError } from './usage-error.ts';

export interface Reports {
  readonly report?: string;
  readonly trace?: string;
}

/** Better to be told before hours of work. Throws a {@link UsageError} where a file could not be written. */
export function checkPlaces(files: readonly (string | undefined)[]): void {
  for (const file of files) {
    if (file === undefined || file === '-') continue;
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true)
      throw new UsageError(`Cannot write to ${file}: it is a folder. Name a file in it.`);
    try {
      accessSync(stats === undefined ? dirname(resolve(file)) : file, constants.W_OK);
    } catch (error) {
      throw new UsageError(`Cannot write to ${file}: ${messageOf(error)}.`);
    }
  }
}

export async function writeReports(history: History, { report, trace }: Reports): Promise<void> {
  // Most runs write neither, and start faster without what makes them.
  if (report !== undefined) write(report, [(await import('../report/page.ts')).reportPage(history)]);
  if (trace !== undefined) write(trace, (await import('../report/trace.ts')).chromeTrace(history));
}

function write(file: string, parts: Iterable<string>): void {
  try {
    writeFileSync(file, '');
    for (const part of parts) writeFileSync(file, part, { flag: 'a' });
  } catch (error) {
    throw new UsageError(`Cannot write to ${file}: ${messageOf(error)}.`);
  }
}

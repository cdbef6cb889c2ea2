// Files in which tasks take note of what they did.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A path at which nothing is yet. */
export function freshFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'polyloop-')), 'notes');
}

/** The lines that were noted so far. */
export function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

/** What was written so far. */
export function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

// What a job log remembers of the function and of the inputs, to tell whether they are still the same.
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { messageOf } from '../message-of.ts';
import { UsageError } from '../usage-error.ts';

import type { InputIdentity } from './entries.ts';

/** Tells inputs apart, and modules: 64 bits of a hash. */
export function shortHash(text: string | Uint8Array): string {
  return hash('sha256', text, 'hex').slice(0, 16);
}

/** A hash of the module's own text; of what it imports nothing is known. */
export function moduleHash(url: string): string {
  if (!url.startsWith('file:')) return url;
  const file = fileURLToPath(url);
  try {
    return shortHash(readFileSync(file));
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: ${messageOf(error)}.`);
  }
}

export function inputIdentities(files: readonly string[]): InputIdentity[] {
  return (files.length === 0 ? ['-'] : files).map((file) => {
    const stats = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return { file };
    return { file, bytes: stats.size, modifiedAt: Math.round(stats.mtimeMs) };
  });
}

/** Files of which all is known to be as it was. */
export function areSame(now: readonly InputIdentity[], before: readonly InputIdentity[]): boolean {
  return (
    now.length === before.length &&
    now.every(
      ({ file, bytes, modifiedAt }, at) =>
        bytes !== undefined &&
        before[at]?.file === file &&
        before[at].bytes === bytes &&
        before[at].modifiedAt === modifiedAt,
    )
  );
}

/** They can be read twice. */
export function areFiles(inputs: readonly InputIdentity[]): boolean {
  return inputs.every(({ bytes }) => bytes !== undefined);
}

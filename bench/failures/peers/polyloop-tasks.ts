// The tasks in which polyloop is more than a call: one that hears of its end, and an error that keeps its class.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, portable, task } from '../../../src/index.ts';
import { log } from '../tasks/log.mjs';

export const cleanUp = task(import.meta, async function cleanUp(): Promise<void> {
  log('started');
  try {
    await sleepFor(10_000, undefined, { signal: context().signal });
  } finally {
    await sleepFor(50);
    log('cleaned');
  }
});

export class ImageError extends RangeError {
  static {
    portable(import.meta, this);
  }
  override name = 'ImageError';
  code = 'E_IMAGE';
  pixel = { x: 1 };
}

export const throwRich = task(import.meta, function throwRich(): never {
  throw new ImageError('bad pixel', { cause: new TypeError('no such colour') });
});

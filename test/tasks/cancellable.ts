// Functions that are told to end, and take note of how they did. Notes go to a file, for it outlives a worker.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

/** Waits until it is told to end, and then for a while in its `finally`. */
export const cleansUp = task(import.meta, async function cleansUp(file: string, cleaningMs = 20): Promise<never> {
  const { signal } = context();
  appendFileSync(file, 'started\n');
  try {
    await sleepFor(1e8, undefined, { signal, ref: false });
  } finally {
    await sleepFor(cleaningMs);
    const reason = signal.reason as Error;
    appendFileSync(file, `cleaned up after ${reason.name}\n`);
  }
  throw new Error('it was not told to end');
});

/** Ends when it is told to, with a value of its own. */
export const endsWithValue = task(import.meta, function endsWithValue(): Promise<string> {
  const { signal } = context();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('a value all the same'), { once: true });
  });
});

/** Rejects at once with an AbortError when it is told to end. */
export const heedsItsSignal = task(import.meta, async function heedsItsSignal(): Promise<void> {
  await sleepFor(1e8, undefined, { signal: context().signal, ref: false });
});

export const noted = task(import.meta, function noted(file: string): void {
  appendFileSync(file, 'ran\n');
});

/** Waits, and says when it began and ended; heeds no signal. */
export const waitsUnheeding = task(import.meta, async function waitsUnheeding(ms: number): Promise<number> {
  await sleepFor(ms);
  return ms;
});

/** Throws what looks like the pool's or a signal's doing, and is not. */
export const throwsItsOwn = task(import.meta, function throwsItsOwn(name: string): never {
  throw new DOMException('its own doing', name);
});

/** Waits as long as it is told to, but not after it is told to end. */
export const heeds = task(import.meta, async function heeds(ms: number): Promise<number> {
  await sleepFor(ms, undefined, { signal: context().signal });
  return ms;
});

/** Ends well as soon as it is told to end. */
export const endWhenAborted = task(import.meta, async function endWhenAborted(): Promise<string> {
  const { signal } = context();
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  return 'well';
});

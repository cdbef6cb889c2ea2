// What comes along with tasks from where they were submitted.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, portable, task } from '../support/task.ts';

export const storage = new AsyncLocalStorage<unknown>();

/** A value that is packed to cross. */
export class User {
  static {
    portable(import.meta, this);
  }
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

let restored = 0;

export const restore = task(import.meta, function restore(value: unknown, fn: () => unknown): unknown {
  if (value === 'refused') throw new RangeError('it is refused');
  restored++;
  return storage.run(value, fn);
});

/** Awaits the task, and adds to its result. */
export const restoreLater = task(
  import.meta,
  async function restoreLater(value: unknown, fn: () => unknown): Promise<unknown> {
    await sleepFor(1);
    const result = await storage.run(value, fn);
    return [result, context().taskId];
  },
);

export const stored = task(import.meta, function stored(): unknown {
  return storage.getStore();
});

export const storedLater = task(import.meta, async function storedLater(ms: number): Promise<unknown[]> {
  const before = storage.getStore();
  await sleepFor(ms);
  const after = storage.getStore();
  // Not seen by anybody else.
  storage.enterWith('another');
  return [before, after];
});

export const storedOf = task(import.meta, function storedOf(n: number): unknown[] {
  return [n, storage.getStore()];
});

export const storedSteps = task(import.meta, async function* storedSteps(count: number): AsyncGenerator<unknown> {
  for (let n = 0; n < count; n++) {
    await sleepFor(1);
    yield storage.getStore();
  }
});

/** How many tasks this worker has restored something for, at its n-th attempt. */
export const restoredAt = task(import.meta, function restoredAt(attempt: number): number {
  if (context().attempt < attempt) throw new Error('once more');
  return restored;
});

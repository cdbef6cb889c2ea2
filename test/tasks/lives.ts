// Functions that tell of the life of their worker, and of when they start.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

/** What `setup` returns cannot cross, and need not. */
class Handle {
  readonly #name: string;
  uses = 0;

  constructor(name: string) {
    this.#name = name;
  }

  use(): string {
    return `${this.#name} ${++this.uses}`;
  }
}

export const openHandle = task(import.meta, async function openHandle(name: string): Promise<Handle> {
  await sleepFor(5);
  return new Handle(name);
});

export const useHandle = task(import.meta, async function useHandle(): Promise<string> {
  await sleepFor(1);
  return (context().worker.state as Handle).use();
});

export const stateOf = task(import.meta, function stateOf(): unknown {
  return [context().worker, typeof context().worker.state];
});

/** Notes which worker tears down, and what it was set up with. */
export const closeHandle = task(import.meta, async function closeHandle(file: string): Promise<void> {
  const { id, state } = context().worker;
  await sleepFor(5);
  appendFileSync(file, `${id} ${(state as Handle).use()}\n`);
});

let tasks = 0;

/** The worker, and how many tasks it has had with this one. */
export const countTasks = task(import.meta, async function countTasks(ms = 0): Promise<
  [worker: number, count: number]
> {
  const count = ++tasks;
  await sleepFor(ms);
  return [context().worker.id, count];
});

export const startedAt = task(import.meta, async function startedAt(ms = 0): Promise<number> {
  const now = performance.timeOrigin + performance.now();
  await sleepFor(ms);
  return now;
});

/** Fails in its first attempt. */
export const startedAtTwice = task(import.meta, async function startedAtTwice(file: string): Promise<number> {
  appendFileSync(file, `${performance.timeOrigin + performance.now()}\n`);
  await sleepFor(1);
  if (context().attempt === 1) throw new Error('again');
  return context().attempt;
});

const kept: Uint8Array[] = [];

/** Fills memory that stays. */
export const gather = task(import.meta, function gather(mb: number): number {
  kept.push(new Uint8Array(mb << 20).fill(1));
  return context().worker.id;
});

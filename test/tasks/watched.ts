// Functions for a loop in the test's own process: the test sees what they do, and lets them go on.
import { setImmediate as nextTurn, setTimeout as sleepFor } from 'node:timers/promises';

import { context, task } from '../support/task.ts';

/** What the test sees, and what it may have done as a task is called. */
export const watched = {
  called: [] as number[],
  running: 0,
  most: 0,
  onCall: (_n: number): void => {},
};

const gates = new Map<number, () => void>();

export function resetWatched(): void {
  Object.assign(watched, { called: [], running: 0, most: 0, onCall: () => {} });
  gates.clear();
}

/** Lets a task of {@link gated} end. */
export function letEnd(n: number): void {
  gates.get(n)?.();
}

function call(n: number): void {
  watched.called.push(n);
  watched.onCall(n);
}

export const plain = task(import.meta, function plain(n: number): number {
  call(n);
  return n;
});

export const gated = task(import.meta, async function gated(n: number): Promise<number> {
  call(n);
  watched.most = Math.max(watched.most, ++watched.running);
  await new Promise<void>((resolve) => gates.set(n, resolve));
  watched.running--;
  return n;
});

export const inMicrotasks = task(import.meta, async function inMicrotasks(n: number): Promise<number> {
  call(n);
  watched.most = Math.max(watched.most, ++watched.running);
  await Promise.resolve();
  watched.running--;
  return n;
});

export const throwsOdd = task(import.meta, function throwsOdd(n: number): number {
  call(n);
  if (n % 2 === 1) throw new RangeError(`${n}`);
  return n;
});

/** Tells its task's id at each step: now, in the next turn, later, and in a callback of its own. */
async function idsOverTime(): Promise<number[]> {
  const ids = [context().taskId];
  await Promise.resolve();
  ids.push(context().taskId);
  await nextTurn();
  ids.push(context().taskId);
  await sleepFor(1);
  ids.push(context().taskId);
  ids.push(await new Promise((resolve) => setTimeout(() => resolve(context().taskId), 1)));
  return ids;
}

/** Plain for some inputs, a promise for others, and an error for one in seven. */
export const mixed = task(import.meta, function mixed(n: number): number[] | Promise<number[]> {
  if (n % 7 === 6) throw new RangeError(`${context().taskId}`);
  return n % 3 === 1 ? idsOverTime() : [context().taskId];
});

/** Leaves something behind that asks for its context later. One in three ends at once, the others go on. */
export const leavesBehind = task(import.meta, function leavesBehind(n: number): number | Promise<number> {
  const own = context().taskId;
  setTimeout(() => {
    if (![own, 0].includes(context().taskId)) watched.called.push(own);
  }, 1);
  return n % 3 === 0 ? n : sleepFor(5, n);
});

// Functions that run where methods of builtin prototypes were replaced, so they call none.
import { context, task } from '../../src/index.ts';
import { replaceMethod, restoreMethod, takeUses } from '../support/replaced-methods.ts';
import { callsOfSpies, change, type Change } from '../support/replacements.ts';

export const replace = task(import.meta, function replace(names: readonly string[]): void {
  for (const name of names) replaceMethod(name);
});

export const restore = task(import.meta, function restore(names: readonly string[]): void {
  for (const name of names) restoreMethod(name);
});

export const usesHere = task(import.meta, function usesHere(): readonly string[] {
  return takeUses();
});

let takeBack: (() => void) | undefined;

export const changeHere = task(import.meta, function changeHere(which: Change): void {
  takeBack = change(which);
});

/** How often spies were called meanwhile. */
export const takeBackHere = task(import.meta, function takeBackHere(): number {
  takeBack?.();
  return callsOfSpies();
});

export const same = task(import.meta, function same<T>(value: T): T {
  return value;
});

export const sumOfAll = task(import.meta, async function sumOfAll(source: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const n of source) sum += n;
  return sum;
});

export const sumOfMessages = task(import.meta, async function* sumOfMessages(): AsyncGenerator<number> {
  let sum = 0;
  for await (const n of context().messages as AsyncIterable<number>) yield (sum += n);
});

// Functions that run where methods of builtin prototypes were replaced, so they call none.
import { context, task } from '../../src/index.ts';
import { add, type Added } from '../support/additions.ts';
import { replaceMethod, restoreMethod, takeUses } from '../support/replaced-methods.ts';

export const replace = task(import.meta, function replace(names: readonly string[]): void {
  for (const name of names) replaceMethod(name);
});

export const restore = task(import.meta, function restore(names: readonly string[]): void {
  for (const name of names) restoreMethod(name);
});

export const usesHere = task(import.meta, function usesHere(): readonly string[] {
  return takeUses();
});

let remove: (() => void) | undefined;

export const addHere = task(import.meta, function addHere(what: Added): void {
  remove = add(what);
});

export const takeAway = task(import.meta, function takeAway(): void {
  remove?.();
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

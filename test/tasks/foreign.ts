// Tasks whose values come from another realm.
import { context, task } from '../../src/index.ts';
import { foreign, foreignValues } from '../support/realms.ts';

export const giveForeign = task(
  import.meta,
  function giveForeign([group, name, place]: [string, string, string]): unknown {
    const all = foreignValues();
    const value: unknown =
      group === 'telling' ? all.telling[name] : (group === 'changing' ? all.changing : all.refused)[name]?.value;
    return all.containers[place]?.wrap(value);
  },
);

export const throwForeign = task(import.meta, function throwForeign(expression: string): never {
  throw foreign(expression);
});

export const reportForeign = task(import.meta, function reportForeign(expression: string): void {
  context().report(foreign(expression));
});

/** A promise of the other realm is awaited. */
export const promiseForeign = task(import.meta, function promiseForeign(expression: string): unknown {
  return foreign(`Promise.resolve(${expression})`);
});

export const streamForeign = task(import.meta, function streamForeign(count: number): Iterable<number> {
  return foreign<(count: number) => Iterable<number>>('function* (n) { for (let i = 0; i < n; i++) yield i; }')(count);
});

/** What its signal was aborted with. */
export const reasonOf = task(import.meta, function reasonOf(): Promise<unknown> {
  const { signal } = context();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason));
    context().report('waiting');
  });
});

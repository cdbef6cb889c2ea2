// Functions that run where globals were replaced.
import { context, task } from '../../src/index.ts';
import { install as installFakes, replaceByThrowing, type Fakes } from '../support/fakes.ts';

/** Where `Promise` was replaced before this is loaded as well. */
const NativePromise = Object.getPrototypeOf((async () => {})()).constructor as PromiseConstructor;

/** For the setup of a worker. */
export const install = task(import.meta, function install(fakes: Fakes | undefined, replaced: readonly string[]) {
  if (fakes !== undefined) installFakes(fakes);
  for (const name of replaced) replaceByThrowing(name);
});

export const sum = task(import.meta, function sum(one: number, other: number): number {
  return one + other;
});

async function aMicrotask(): Promise<void> {}

export const sumLater = task(import.meta, async function sumLater(one: number, other: number): Promise<number> {
  await aMicrotask();
  return one + other;
});

export const double = task(import.meta, function double(n: number): number {
  return 2 * n;
});

export const count = task(import.meta, function* count(to: number): Generator<number> {
  for (let n = 0; n < to; n++) yield n;
});

export const fails = task(import.meta, function fails(message: string): never {
  throw new RangeError(message);
});

export const failsFirst = task(import.meta, function failsFirst(times: number): number {
  const { attempt } = context();
  if (attempt <= times) throw new Error(`attempt ${attempt}`);
  return attempt;
});

export const reports = task(import.meta, function reports(times: number): number {
  for (let n = 0; n < times; n++) context().report(n);
  return times;
});

export const waits = task(import.meta, async function waits(): Promise<never> {
  const { signal } = context();
  return await new NativePromise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
});

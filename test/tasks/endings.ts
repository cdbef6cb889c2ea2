// Functions that end badly, or late, in ways of their own.
import { appendFileSync, rmSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context } from '../support/task.ts';

export default async function same(input: unknown): Promise<unknown> {
  return input;
}

export function exits(input: string): never {
  process.exit(Number(input));
}

export async function exitsAtFour(input: string): Promise<string> {
  if (input === '4') process.exit(4);
  return input;
}

export async function leavesRejection(): Promise<void> {
  void Promise.reject(new Error('nobody caught it'));
  await sleepFor(5_000);
}

export async function throwsLater(): Promise<void> {
  setTimeout(() => {
    throw new Error('nobody caught it');
  });
  await sleepFor(5_000);
}

/** Deletes what the input names. */
export function deletes(file: string): void {
  rmSync(file, { recursive: true });
}

/** Notes its worker in a file. */
export async function worker(ms: string): Promise<number> {
  await sleepFor(Number(ms));
  return context().worker.id;
}

export async function failsWithCauses(): Promise<never> {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
  throw new TypeError('fetch failed', { cause: new AggregateError([cause]) });
}

export const slowSetup = (): Promise<void> => sleepFor(5_500);
export const endlessSetup = (): Promise<void> => sleepFor(60_000);
export const slowTearDown = (): Promise<void> => sleepFor(20_000);
export const badSetup = (): never => {
  throw new Error('there is no database');
};
export const badTearDown = (): never => {
  throw new Error('it could not be written');
};
export const notedTearDown = (): void => appendFileSync(process.env['NOTES'] ?? '/dev/null', 'torn down\n');

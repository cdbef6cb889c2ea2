// Functions for the command. But for one they know nothing of polyloop.
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context } from '../../src/index.ts';

export default (line: string): string => line;

export const shout = (line: string): string => line.toUpperCase();

export async function lateIfOdd(line: string): Promise<string> {
  if (Number(line) % 2 === 1) await sleepFor(30);
  return line;
}

export async function failIfOdd(line: string): Promise<number> {
  if (Number(line) % 2 === 1) throw Object.assign(new RangeError(`${line} is odd`), { code: 'E_ODD' });
  return Number(line);
}

export function exitIfThree(line: string): string {
  if (line === '3') process.exit(3);
  return line;
}

export function chatty(line: string): string {
  console.log(`chatting about ${line}`);
  return line;
}

export const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

export function nothing(): void {}

export const bigInteger = (): bigint => 1n;

export const lengthOf = (line: string): number => line.length;

export function failOddly(how: string): never {
  if (how === 'cause') throw new Error('outer', { cause: new Error('inner') });
  if (how === 'circle') {
    const error = Object.assign(new TypeError('round'), { code: 'E_ROUND' });
    throw Object.assign(error, { self: error });
  }
  if (how === 'getter') {
    throw Object.defineProperty(new Error('with a trap'), 'trap', {
      enumerable: true,
      get() {
        throw new Error('caught');
      },
    });
  }
  throw undefined;
}

export function* countUp(line: string): Generator<number> {
  if (line === 'bad') throw new RangeError('bad');
  for (let n = 1; n <= Number(line); n++) yield n;
}

export const greet = (name: string, { greeting }: { greeting: string }): string => `${greeting}, ${name}`;

const livesFile = (): string => process.env['LIVES_FILE'] ?? '';

export function getReady(): string {
  appendFileSync(livesFile(), 'set up\n');
  return 'ready';
}

export function sayBye(): void {
  appendFileSync(livesFile(), 'torn down\n');
}

/** It knows polyloop: what the setup returned is the state of its worker. */
export const tellReady = (line: string): string => `${String(context().worker.state)} for ${line}`;

/** The line is a file in which tries are counted. */
export async function failTwiceOrHang(line: string): Promise<number> {
  if (line === 'hang') return await new Promise(() => {});
  appendFileSync(line, '.');
  const tries = readFileSync(line).length;
  if (tries < 3) throw new Error(`try ${tries}`);
  return tries;
}

export const whenAndFlags = (): { at: number; flags: string[] } => ({
  at: performance.timeOrigin + performance.now(),
  flags: process.execArgv,
});

export const pidOf = (): number => process.pid;

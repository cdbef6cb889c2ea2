// Functions for the command. They know nothing of polyloop.
import { setTimeout as sleepFor } from 'node:timers/promises';

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

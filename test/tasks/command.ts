// Functions for the command. But for one they know nothing of polyloop.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';

import { context } from '../support/task.ts';

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

export async function failIfOddLater(line: string): Promise<number> {
  await sleepFor(5);
  return await failIfOdd(line);
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

export const both = (...args: unknown[]): unknown[] => args;

export function failIfSix(batch: readonly string[]): readonly string[] {
  if (batch.includes('6')) throw new RangeError('6 is among them');
  return batch;
}

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
  if (how === 'large') throw Object.assign(new Error('large'), { stdout: Buffer.alloc(200_000) });
  if (how === 'realm') throw runInNewContext("new RangeError('elsewhere')");
  if (how === 'proxy') {
    throw new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('no keys');
        },
      },
    );
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

/** Notes that it has begun, in the file that the environment names. */
export async function square(line: string): Promise<number> {
  appendFileSync(process.env['BEGUN_FILE'] ?? '/dev/null', `${line}\n`);
  await sleepFor(10);
  return Number(line) ** 2;
}

/** Fails while there is no such file as the environment names. */
export function failOddUntilMended(line: string): string {
  if (Number(line) % 2 === 1 && !existsSync(process.env['MENDED_FILE'] ?? '')) throw new Error(`${line} is odd`);
  return `${line} is fine`;
}

/** Sleeps for as many milliseconds as the line says, and heeds no signal. */
export async function sleepDeaf(line: string): Promise<string> {
  appendFileSync(process.env['BEGUN_FILE'] ?? '/dev/null', `${line}\n`);
  await sleepFor(Number(line));
  return line;
}

/** Prints in pieces, as others do meanwhile. */
export async function mumble(line: string): Promise<string> {
  process.stdout.write(`${line} says `);
  await sleepFor(5);
  process.stderr.write(Buffer.from(`one\n${line} says `));
  await sleepFor(5);
  console.log('two');
  process.stdout.write(`${line} ends`);
  return line;
}

/** Writes to the descriptors themselves, as a program does that it starts. */
export function printByItself(line: string): string {
  execFileSync('bash', ['-c', 'echo on stdout; echo on stderr >&2'], { stdio: 'inherit' });
  return line;
}

export const tryNoMore = (line: string): never => {
  throw Object.assign(new Error(`never ${line}`), { retry: false });
};

/** Does not end for one line, whatever it is told. */
export async function stuckIfThree(line: string): Promise<string> {
  if (line === '3') await new Promise(() => {});
  await sleepFor(1_000);
  return line;
}

export async function killIfThree(line: string): Promise<string> {
  if (line === '3') process.kill(process.pid, 'SIGKILL');
  await sleepFor(50);
  return line;
}

export const row = (line: string): unknown => ({ n: Number(line), 'a, b': [line], empty: null, yes: true });

export function* rows(line: string): Generator<unknown> {
  yield { n: line };
  yield { n: `${line}"` };
}

export const growing = (line: string): unknown => (line === '1' ? { a: 1 } : { a: 1, b: 2 });

export function failNoting(line: string): never {
  appendFileSync(process.env['BEGUN_FILE'] ?? '/dev/null', `${line}\n`);
  throw new Error(`not ${line}`);
}

export async function mumbleSlowly(line: string): Promise<void> {
  console.log(`${line} says one`);
  await sleepFor(400);
  console.log(`${line} says two`);
}

export async function setUpSlowly(): Promise<void> {
  await sleepFor(1_500);
}

export function failSetUp(): never {
  throw new Error('no database');
}

export const long = (line: string): string => `${line} `.repeat(2_000);

export function failFirstNoting(line: string): string {
  appendFileSync(process.env['BEGUN_FILE'] ?? '/dev/null', `${line}\n`);
  if (line === '1') throw new Error('not the first');
  return line;
}

/** Prints two thousand lines of 100 bytes. */
export function printMuch(line: string): string {
  for (let n = 0; n < 2_000; n++) console.log(`${line} ${String(n).padStart(4, '0')} ${'x'.repeat(92)}`);
  return line;
}

/** Notes that it has begun. The first line is held back while there is no such file as the environment names. */
export async function holdFirst(line: string): Promise<string> {
  appendFileSync(process.env['BEGUN_FILE'] ?? '/dev/null', `${line}\n`);
  if (line === '1') while (!existsSync(process.env['GATE_FILE'] ?? '')) await sleepFor(20);
  return `${line} is fine`;
}

/** Likewise, with as many characters as the environment says. */
export async function holdFirstOfLong(line: string): Promise<string> {
  return (await holdFirst(line)).padEnd(Number(process.env['LENGTH']), '.');
}

/** Likewise; the fourth line fails while a file is not there that the environment names. */
export async function failFourth(line: string): Promise<string> {
  if (line === '4' && !existsSync(process.env['MENDED_FILE'] ?? '')) throw new Error('not the fourth');
  return await holdFirst(line);
}

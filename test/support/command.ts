// The command, run as a user runs it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { run, type Ended } from './programs.ts';

export const command = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** A module of functions for it. */
export const functions = fileURLToPath(new URL('../tasks/command.ts', import.meta.url));

/** The arguments of `node` for a run; with one worker, where nothing else is said. */
export function argsOf([subcommand = '', ...others]: readonly string[]): string[] {
  const saysHowMany = subcommand !== 'map' || others.some((arg) => /^(-j|-h|--workers|--help)/.test(arg));
  return [command, subcommand, ...(saysHowMany ? [] : ['-j', '1']), ...others];
}

/** Flags that say where a run takes place, or are for workers. */
const ofWorkers = /^--(kind|env-file|node-option|max-tasks|memory-limit|setup|teardown|rate)/;

/**
 * Runs it to its end. Where nothing of it is about workers the program itself is the worker: to start another one takes as long as most of what
 * is tried here. Those of signals, kills and prints start it by {@link argsOf}.
 */
export function polyloop(args: readonly string[], input: string, cwd: string): Promise<Ended> {
  const isAlone = args[0] === 'map' && !args.some((arg) => ofWorkers.test(arg));
  return run([...argsOf(args), ...(isAlone ? ['--kind', 'inline'] : [])], { input, cwd });
}

export interface Line {
  readonly seq: number;
  readonly part?: number;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly ms: number;
  readonly attempts: number;
}

export function linesOf(text: string): Line[] {
  return jsonLines(text) as Line[];
}

export function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

export function linesIn(file: string): Line[] {
  return linesOf(readFileSync(file, 'utf8'));
}

/** `1` to `count`, a line each. */
export const numbers = (count: number): string => Array.from({ length: count }, (_, n) => `${n + 1}\n`).join('');

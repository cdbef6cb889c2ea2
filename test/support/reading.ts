// Reads inputs of texts and bytes, as the command does.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Inputs, type Input, type InputOptions } from '../../src/cli/input/inputs.ts';
import { newFolder } from './files.ts';

const folder = newFolder();

/** All inputs of a file of this name and content. */
export async function inputsOf(
  name: string,
  content: string | Uint8Array,
  options: Partial<Omit<InputOptions, 'files' | 'signal'>> = {},
): Promise<Input[]> {
  const file = join(folder, name);
  writeFileSync(file, content);
  const { signal } = new AbortController();
  return await Array.fromAsync(new Inputs({ format: undefined, maxLineBytes: 1e6, ...options, files: [file], signal }));
}

/** What the function would get; for what is no input, the beginning of what is wrong with it. */
export async function valuesOf(...args: Parameters<typeof inputsOf>): Promise<unknown[]> {
  return (await inputsOf(...args)).map(({ value, problem, behind }) =>
    problem === undefined ? value : behind === undefined ? 'bad' : 'the end',
  );
}

// Methods of builtin prototypes that a program or a task has replaced, and what it has added to these prototypes. Each case is a program of its own, for what is
// replaced there would be in the way of the test runner as well.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { farKinds, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';
import { shareOf } from '../support/shares.ts';

watch();

const programs = new URL('./programs/', import.meta.url);

async function isWhole(program: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run([fileURLToPath(new URL(program, programs)), ...args]);
  assert.deepEqual([stdout, code], ['whole\n', 0], stderr);
}

const sides = farKinds.flatMap((kind) => [[kind, 'caller'] as const, [kind, 'worker'] as const]);

describe('while one method of a builtin prototype throws, each in turn', () => {
  it('a pool over inline does all that it does', () => isWhole('replaced-methods.ts', 'inline', 'caller'));
  // The caller over threads, and the worker in a process.
  for (const [kind, side] of shareOf(sides, 3, 0)) {
    if (side === 'caller')
      it(`a pool over ${kind} does all that it does`, () => isWhole('replaced-methods.ts', kind, side));
    else it(`the workers of a pool over ${kind} do all that they do`, () => isWhole('replaced-methods.ts', kind, side));
  }
});

describe('while builtins have properties of old libraries, options that nobody gave, spies, or methods of polyfills', () => {
  it('a pool over inline does all that it does', () => isWhole('changed-builtins.ts', 'inline', 'caller'));
  for (const [kind, side] of shareOf(sides, 3, 2)) {
    if (side === 'caller')
      it(`a pool over ${kind} does all that it does`, () => isWhole('changed-builtins.ts', kind, side));
    else it(`the workers of a pool over ${kind} do all that they do`, () => isWhole('changed-builtins.ts', kind, side));
  }
});

// Fake timers and replaced globals, in a program and in its workers. Each case is a program of its own, for what is replaced
// there would be in the way of the test runner as well.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { fakeTimers, replaceable } from '../support/fakes.ts';
import { kinds, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const program = fileURLToPath(new URL('./programs/replaced.ts', import.meta.url));

async function isWhole(...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run([program, ...args]);
  assert.deepEqual([stdout, code], ['whole\n', 0], stderr);
}

for (const kind of kinds) {
  describe(`a pool over ${kind}, and its workers`, () => {
    for (const fakes of fakeTimers)
      it(`work under fake timers (${fakes}), installed before they are loaded or after`, async () => {
        await Promise.all(['before', 'after'].map((when) => isWhole(kind, fakes, when)));
      });
    it('work with polyfills, installed before they are loaded', () => isWhole(kind, 'polyfills', 'before'));
    it('work where globals throw', () => isWhole(kind, 'none', 'after', ...Object.keys(replaceable)));
  });
}

// What a call has stored in its async context is not kept by the workers that were started for it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { kinds, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const program = fileURLToPath(new URL('./programs/first-caller.ts', import.meta.url));

for (const kind of kinds) {
  it(`the context of the first call can be collected while the pool lives, over ${kind}`, async () => {
    const { stdout, stderr } = await run(['--expose-gc', program, kind]);
    assert.equal(stdout, 'collected\n', stderr);
  });
}

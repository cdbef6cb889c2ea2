// A few seconds of what `npm run chaos` does for a minute (test/chaos/). The seed is another one at each run, and stands in the output.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch(55_000);

const program = fileURLToPath(new URL('../chaos/run.ts', import.meta.url));

for (const [kind, seconds] of [
  ['process', 6],
  ['thread', 4],
] as const) {
  it(`whatever happens to the workers, each task settles once with what it may come to, over ${kind}`, async () => {
    const { code, signal, stdout, stderr } = await run([program, '--kind', kind, '--seconds', String(seconds)]);
    assert.equal(code, 0, `ended with ${code ?? signal}\n${stdout}\n${stderr}`);
    assert.match(stdout, /seed \d+[^]*All is well/);
  });
}

// What workers print, where a program wants to have it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { WorkerCrashedError } from '../../src/index.ts';
import { farKinds, makePool, until, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';
import { printAndKill, printBoth } from '../tasks/printing.ts';

watch();

describe('onOutput', () => {
  for (const kind of farKinds) {
    it(`is given what workers print, with who printed it, in place of the program's own streams, over ${kind}`, async () => {
      const { stdout, stderr, code } = await run([
        fileURLToPath(new URL('programs/printed.ts', import.meta.url)),
        kind,
      ]);
      const { heard } = JSON.parse(stdout) as { readonly heard: Record<string, string> };
      assert.deepEqual(heard, { 'stdout of 1': 'out 1\nout 2\n', 'stderr of 1': 'err 1\nerr 2\n' });
      assert.deepEqual([stderr, code], ['', 0]);
    });
  }

  it('is given the last words of a worker that dies, and so is the error', async (t) => {
    let heard = '';
    const pool = makePool(t, {
      workers: 1,
      onOutput: ({ stream, chunk }) => (heard += `${stream}: ${Buffer.from(chunk).toString()}`),
    });
    await assert.rejects(pool.run(printAndKill), (error: unknown) => {
      assert.ok(error instanceof WorkerCrashedError);
      assert.equal(error.stderr, 'last words');
      return true;
    });
    await until(() => heard === 'stderr: last words\n', 'it was heard');
  });

  it('changes nothing inline, where tasks print as the program does', async (t) => {
    const pool = makePool(t, { kind: 'inline', onOutput: () => assert.fail('nothing is heard') });
    await pool.run(printBoth, 0);
  });
});

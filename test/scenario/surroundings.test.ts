// Programs in odd surroundings: their folder is gone, or they may start no threads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { isAlive, kinds, until, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));

for (const kind of kinds) {
  describe(`a program whose folder is gone, over ${kind}`, () => {
    for (const when of ['load', 'pool', 'start', 'later']) {
      // Node starts no threads there.
      const isRefused = kind === 'thread' && when !== 'later';
      it(`${isRefused ? 'is told so' : 'has its tasks run'}, when that happens at: ${when}`, async () => {
        const { code, stdout, stderr } = await run([program('gone-folder'), kind, when]);
        assert.match(
          stdout,
          isRefused ? /^WorkerStartError: .*the current folder of this program is gone.*`process\.chdir\(\)`/ : /^2\n$/,
          stderr,
        );
        assert.equal(code, 0, stderr);
      });
    }
  });
}

describe('worker processes that may start no thread', () => {
  const permissions = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process'];

  it('do all that others do', async () => {
    const { code, stdout, stderr } = await run([...permissions, program('without-threads')]);
    assert.equal(stdout, '125250\n60\n1\nclosed\n', stderr);
    assert.equal(code, 0, stderr);
  });

  it('end with their program', async () => {
    const { signal, stdout, stderr } = await run([...permissions, program('without-threads'), 'dies']);
    assert.equal(signal, 'SIGKILL', stderr);
    const workers = stdout.trim().split('\n').at(-1)?.split(',').map(Number) ?? [];
    assert.equal(workers.length, 2);
    await until(() => workers.every((worker) => !isAlive(worker)), 'the workers are gone', 1_000);
  });
});

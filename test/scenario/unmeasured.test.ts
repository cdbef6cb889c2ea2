// What polyloop measures and tells may fail. Then a figure is missing, and nothing else happens.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { kinds, makePool, until, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';
import { increment, sleep } from '../tasks/basic.ts';
import { failToMeasure } from '../tasks/measures.ts';

watch();

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url));

for (const kind of kinds) {
  describe(`where measuring fails, over ${kind}`, () => {
    for (const how of ['throws', 'nonsense'] as const) {
      it(`a worker lives on, and is asked again: it ${how === 'throws' ? 'throws' : 'gives nonsense'}`, async (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        // Longer than the pool waits between its questions.
        const failing = pool.run(failToMeasure, how, 1_300);
        assert.equal(await pool.run(increment, 1), 2);
        assert.equal(await failing, 'done');
        assert.equal(await pool.run(increment, 2), 3);
        assert.deepEqual(
          pool.stats().workers.map(({ id }) => id),
          [1],
        );
      });
    }

    it('because the file descriptors have run out, tasks end as ever', async () => {
      // A shell can set the limit for the program alone.
      const command = 'ulimit -n 64; exec "$0" "$@"';
      const child = spawn('sh', ['-c', command, process.execPath, program('no-descriptors.ts'), kind], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
      assert.equal(stderr, '');
      assert.deepEqual(JSON.parse(stdout), { fails: true, beside: 3, worker: 1 });
    });

    it('and everyone who subscribes to its channels throws, a program gets its results', async () => {
      const { stdout, stderr, code } = await run([program('no-measures.ts'), kind]);
      assert.deepEqual([stderr, code], ['', 0]);
      assert.deepEqual(JSON.parse(stdout), { fulfilled: 22, rejected: 1, isHeard: true });
    });
  });
}

it('the figure is there again when it can be measured', async (t) => {
  const pool = makePool(t, { workers: 1 });
  await pool.run(failToMeasure, 'throws', 1_300);
  await until(async () => {
    await pool.run(sleep, 20);
    return (pool.stats().workers[0]?.rssBytes ?? 0) > 0;
  }, 'it was measured');
});

// How long a function's module may take to load and `--setup` to end, and how many workers are started for how many inputs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Crew, tooMany } from '../../src/cli/crew.ts';
import { waitingFor } from '../../src/cli/progress/waiting-for.ts';
import type { Pool, WorkerStats } from '../../src/index.ts';
import { linesOf, polyloop } from '../support/command.ts';
import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';
import type { Ended } from '../support/programs.ts';

watch();

const endings = fileURLToPath(new URL('../tasks/endings.ts', import.meta.url));
const map = (fn: string, input: string, ...args: string[]): Promise<Ended> =>
  polyloop(['map', `${endings}#${fn}`, ...args], input, newFolder());

describe('a start that takes long', () => {
  it('is waited for, and said after five seconds', async () => {
    const { code, stderr } = await map('default', '1\n', '--setup', 'slowSetup', '--kind', 'thread');
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^polyloop: waiting for .*endings\.ts#default to load and --setup slowSetup to end, \d(?:\.\d)? s$/m,
    );
  });

  for (const kind of ['process', 'thread', 'inline']) {
    it(`has the limit that is asked for, and errors speak of flags: --setup over ${kind}`, async () => {
      const flags = ['--setup', 'endlessSetup', '--setup-timeout', '300ms'];
      const { code, stderr } = await map('default', '1\n', ...flags, '--kind', kind);
      assert.equal(code, 255);
      assert.match(
        stderr,
        /^polyloop: --setup endlessSetup had not ended within --setup-timeout 300 ms; if it needs longer, raise that$/m,
      );
    });
  }

  it('has one at the load of the module, also where that holds its loop', async () => {
    const folder = newFolder();
    writeFileSync(
      join(folder, 'waits.mjs'),
      'await new Promise((r) => setTimeout(r, 60_000)); export default (x) => x;',
    );
    writeFileSync(join(folder, 'spins.mjs'), 'for (;;);');
    const waits = await polyloop(['map', './waits.mjs', '--load-timeout', '300ms', '--kind', 'process'], '1\n', folder);
    assert.deepEqual(
      [waits.code, waits.stderr],
      [
        255,
        'polyloop: Loading ./waits.mjs had not ended within --load-timeout 300 ms; if it needs longer, raise that\n',
      ],
    );
    const spins = await polyloop(['map', './spins.mjs', '--load-timeout', '300ms', '--kind', 'process'], '1\n', folder);
    assert.equal(spins.code, 255);
    assert.match(spins.stderr, /^polyloop: The module has not loaded.*--load-timeout.*holds its loop/);
  });

  it('is spoken of only where no worker is ready after a while', () => {
    const target = { shown: './a.ts', setup: undefined } as Parameters<typeof waitingFor>[0];
    const workers = (...states: string[]): { workers: WorkerStats[] } => ({
      workers: states.map((state) => ({ state }) as WorkerStats),
    });
    assert.equal(waitingFor(target, workers('starting'), 4_000), undefined);
    assert.equal(waitingFor(target, workers(), 9_000), undefined);
    assert.equal(waitingFor(target, workers('ready', 'starting'), 9_000), undefined);
    assert.equal(waitingFor(target, workers('starting'), 9_000), 'waiting for ./a.ts to load, 9 s');
  });
});

describe('workers', () => {
  it('are never more than inputs', async () => {
    const { stdout, stderr } = await map('worker', '1\n1\n', '-j', '200', '--kind', 'process');
    assert.match(
      stderr,
      /^polyloop: 200 processes for \d+ cores? take about 7 GB before they load anything\. .*raise -c instead\.$/m,
    );
    assert.ok(
      linesOf(stdout).every(({ value }) => Number(value) <= 2),
      stdout,
    );
  });

  it('come with the inputs, up to as many as were asked for', () => {
    const sizes: number[] = [];
    const pool = { resize: async (size: number) => void sizes.push(size) } as unknown as Pool;
    const workers = { value: 4 };
    const crew = new Crew({ pool, workers, concurrency: { value: 5 } });
    for (const inputs of [1, 2, 3, 3, 7, 8, 1_000]) crew.grow(inputs);
    assert.deepEqual(sizes, [2, 3, 4]);
    workers.value = 2;
    crew.fit();
    assert.deepEqual([sizes.at(-1), crew.mostUnderWay], [2, 10]);
    assert.equal(crew.described, '2 workers, 5 at once in each');
  });

  it('are warned of where they are many for the cores', () => {
    assert.equal(tooMany(8, 'process', 2), undefined);
    assert.equal(tooMany(500, 'inline', 2), undefined);
    assert.match(tooMany(9, 'process', 2) ?? '', /^9 processes for 2 cores take about 315 MB/);
    assert.match(tooMany(9, 'thread', 1) ?? '', /^9 threads for 1 core take about 198 MB/);
  });
});

// A single executable, built by this Node: its execPath is the program itself.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { newFolder } from '../support/files.ts';
import { watch } from '../support/pools.ts';

watch(60_000);

const root = fileURLToPath(new URL('../../', import.meta.url));
// What a bundler would put into the executable is read from this folder here. The rest is as it would be.
const main = `
const load = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(root)});
const { Pool } = load('./src/index.ts');
const { increment } = load('./test/tasks/basic.ts');
async function attempt(options) {
  let pool;
  try {
    pool = new Pool({ workers: 1, ...options });
    console.log(await pool.run(increment, 1));
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }
  await pool?.close();
}
async function all() {
  for (const options of JSON.parse(process.argv[2])) await attempt(options);
}
all();
`;

describe('a single executable', () => {
  const folder = newFolder();
  const program = join(folder, 'program');
  let why: string | undefined;

  before(() => {
    writeFileSync(join(folder, 'main.cjs'), main);
    const config = { main: 'main.cjs', output: program, disableExperimentalSEAWarning: true };
    writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
    const built = spawnSync(process.execPath, ['--build-sea', 'sea.json'], { cwd: folder, encoding: 'utf8' });
    if (built.status !== 0) why = `this Node builds no single executables: ${built.stderr}`;
  });
  after(() => rmSync(program, { force: true }));

  const attempts = (...options: object[]): string[] =>
    execFileSync(program, [JSON.stringify(options)], { cwd: folder, encoding: 'utf8', timeout: 30_000 })
      .trim()
      .split('\n');

  it('is refused process workers before anything is spawned, and told what to do', (t) => {
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    const [refusal] = attempts({});
    assert.match(refusal ?? '', /^InvalidOptionError: `kind: 'process'` starts workers with process\.execPath/);
    assert.match(refusal ?? '', /a single executable application \(.*program\)/);
    assert.match(refusal ?? '', /Give `execPath`, the path of a plain Node, or use `kind: 'thread'`/);
  });

  it('has process workers of a plain Node, threads, and its own loop', (t) => {
    if (why !== undefined) {
      t.skip(why);
      return;
    }
    const entry = fileURLToPath(new URL('../../src/transport/worker.ts', import.meta.url));
    assert.deepEqual(
      attempts(
        { execPath: process.execPath },
        { execPath: process.execPath, workerEntry: entry },
        { kind: 'thread' },
        { kind: 'thread', workerEntry: entry },
        { kind: 'inline' },
      ),
      ['2', '2', '2', '2', '2'],
    );
  });
});

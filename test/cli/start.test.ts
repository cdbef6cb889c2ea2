// The launcher that npm installs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

import { run } from '../support/programs.ts';

const launcher = fileURLToPath(new URL('../../bin/polyloop.cjs', import.meta.url));

it('the launcher runs the command', async () => {
  const { stdout, code } = await run([launcher, 'map', '--help']);
  assert.match(stdout, /Usage: polyloop map/);
  assert.equal(code, 0);
});

it('a Node that is too old says so in one line', () => {
  const source = readFileSync(launcher, 'utf8').replace(/^#!.*/, '').replace('import(', 'load(');
  for (const [version, isTooOld] of [
    ['20.20.2', true],
    ['22.17.9', true],
    ['22.18.0', false],
    ['24.0.0', false],
    ['26.10.0', false],
  ] as const) {
    const said: string[] = [];
    const loaded: string[] = [];
    const process = { versions: { node: version }, version: `v${version}`, exitCode: 0 };
    runInNewContext(source, {
      process,
      require: createRequire(launcher),
      __dirname: dirname(launcher),
      console: { error: (text: string) => said.push(text) },
      load: (path: string) => loaded.push(path),
    });
    assert.equal(said.length, isTooOld ? 1 : 0);
    assert.equal(loaded.length, isTooOld ? 0 : 1);
    assert.equal(process.exitCode, isTooOld ? 255 : 0);
    if (isTooOld)
      assert.equal(
        said[0],
        `polyloop needs Node 22.18 or later; this is v${version}. Install a newer one, then run it again.`,
      );
  }
});

it('another runtime is told that the command takes Node', () => {
  const source = readFileSync(launcher, 'utf8').replace(/^#!.*/, '').replace('import(', 'load(');
  for (const [name, key] of [
    ['Bun', 'bun'],
    ['Deno', 'deno'],
  ] as const) {
    const said: string[] = [];
    const process = { versions: { node: '24.3.0', [key]: '1.2.3' }, version: 'v24.3.0', exitCode: 0 };
    runInNewContext(source, { process, console: { error: (text: string) => said.push(text) } });
    assert.deepEqual(said, [
      `The command polyloop runs on Node 22.18 or later; this is ${name} 1.2.3. Run it with npx, or with node itself.`,
    ]);
    assert.equal(process.exitCode, 255);
  }
});

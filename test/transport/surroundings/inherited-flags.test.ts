import assert from 'node:assert/strict';
import { it } from 'node:test';

import { inheritedFlags } from '../../../src/transport/surroundings/inherited-flags.ts';

it('a worker process has the flags of its parent, but for those that say what to run', () => {
  assert.deepEqual(inheritedFlags(['--import', './hook.mjs', '--no-warnings']), [
    '--import',
    './hook.mjs',
    '--no-warnings',
  ]);
  assert.deepEqual(inheritedFlags(['-e', 'code', '--stack-size=2000']), ['--stack-size=2000']);
  assert.deepEqual(
    inheritedFlags([
      '--eval',
      'code',
      '-p',
      'x',
      '--test',
      '--test-only',
      '--watch',
      '--inspect=9229',
      '--inspect-brk',
    ]),
    [],
  );
  assert.deepEqual(inheritedFlags(['--cpu-prof', '--cpu-prof-dir', './prof', '--no-warnings']), ['--no-warnings']);
  assert.deepEqual(inheritedFlags(['--test-reporter', 'spec', '--inspect-port', '0']), []);
  assert.deepEqual(inheritedFlags(['--input-type=module', '--check', '-c']), []);
  assert.deepEqual(inheritedFlags(['--conditions=development', '--env-file=.env', '--experimental-x']), [
    '--conditions=development',
    '--experimental-x',
  ]);
});

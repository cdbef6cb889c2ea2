import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { absoluteFlags } from '../../../src/transport/surroundings/absolute-flags.ts';
import { newFolder } from '../../support/files.ts';

const start = realpathSync(newFolder());
mkdirSync(join(start, 'node_modules/a-package'), { recursive: true });
writeFileSync(join(start, 'node_modules/a-package/index.js'), '');
for (const file of ['hook.mjs', 'hook.cjs', 'x.env', 'node.config.json']) writeFileSync(join(start, file), '{}');
const at = (file: string): string => join(start, file);
const urlOf = (file: string): string => pathToFileURL(at(file)).href;

const rows: [string[], string[]][] = [
  [
    ['--import', './hook.mjs'],
    ['--import', urlOf('hook.mjs')],
  ],
  [['--import=./hook.mjs'], [`--import=${urlOf('hook.mjs')}`]],
  [
    ['-r', './hook.cjs', '--no-warnings'],
    ['-r', at('hook.cjs'), '--no-warnings'],
  ],
  [['--require=a-package'], [`--require=${at('node_modules/a-package/index.js')}`]],
  [
    ['--loader', './hook.mjs'],
    ['--loader', urlOf('hook.mjs')],
  ],
  [['--experimental-loader=a-package'], [`--experimental-loader=${urlOf('node_modules/a-package/index.js')}`]],
  [['--env-file=x.env'], [`--env-file=${at('x.env')}`]],
  [
    ['--cpu-prof-dir', 'not/there/yet'],
    ['--cpu-prof-dir', at('not/there/yet')],
  ],
  [
    ['--allow-fs-read=.', '--allow-fs-write=*'],
    [`--allow-fs-read=${start}`, '--allow-fs-write=*'],
  ],
  [['--experimental-default-config-file'], [`--experimental-config-file=${at('node.config.json')}`]],
  [
    ['--import', 'node:fs', '--import=data:text/javascript,1'],
    ['--import', 'node:fs', '--import=data:text/javascript,1'],
  ],
  [
    ['--import', '/hook.mjs', '-r', '/hook.cjs'],
    ['--import', '/hook.mjs', '-r', '/hook.cjs'],
  ],
  [
    ['--import', './nowhere.mjs'],
    ['--import', './nowhere.mjs'],
  ],
  [
    ['--max-old-space-size=100', '--import'],
    ['--max-old-space-size=100', '--import'],
  ],
];

describe('paths in flags, when the program has moved,', () => {
  for (const [flags, expected] of rows) {
    it(`are absolute where they lead to something from where it started: ${flags.join(' ')}`, () => {
      assert.deepEqual(absoluteFlags(flags, [start]), expected);
    });
  }

  it('are left alone where nobody knows where it started', () => {
    for (const [flags] of rows) assert.deepEqual(absoluteFlags(flags, []), flags);
  });
});

describe('paths in flags, when the program has not moved,', () => {
  it('are left alone, also where the shell says that it stands elsewhere', (t) => {
    const before = process.cwd();
    t.after(() => process.chdir(before));
    process.chdir(start);
    for (const [flags] of rows) assert.deepEqual(absoluteFlags(flags, [start, '/elsewhere']), flags);
  });
});

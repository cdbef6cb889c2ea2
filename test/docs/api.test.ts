// The API reference is what the docstrings say now.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

import * as index from '../../src/index.ts';
import { apiReference } from '../../scripts/api-reference.ts';

const written = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

it('docs/api.md is what `npm run docs:api` writes', () => {
  assert.ok(written === apiReference(), 'The docstrings have changed: run `npm run docs:api`, and commit docs/api.md.');
});

it('docs/api.md has all that can be imported', () => {
  const missing = Object.keys(index).filter((name) => !written.includes(`\n### ${name}\n`));
  assert.deepEqual(missing, []);
});

it('docs/api.md shows nothing private, and no tag that was not understood', () => {
  assert.deepEqual(written.match(/^.*(?:`#|readonly #|@internal|\{@).*$/gm), null);
});

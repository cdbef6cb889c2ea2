// This repository's documentation, rendered by a package that is only named.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';

import { marked } from 'marked';

import { folderOf, recordsOf, root, shell, shownIn } from '../support/examples.ts';
import { watch } from '../support/pools.ts';

watch();

const { command, records: shown } = shownIn('markdown');
const names = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .toSorted();
const pages = names.map((name) => readFileSync(join(root, 'docs', name), 'utf8'));

/** Pages are long: which of them differ says more than how. */
function assertRendered(stdout: string, as: (page: string) => unknown): void {
  const records = recordsOf(stdout);
  assert.equal(records.length, pages.length);
  const different = names.filter((_, at) => records[at]?.value !== as(pages[at] ?? ''));
  assert.deepEqual(different, []);
}

it('renders each page of a folder, in order, as the package does where it is called', async () => {
  const ended = await shell(`LC_ALL=C; ${command} -j 2`, root);
  assert.ok(pages.length > 10);
  assertRendered(ended.stdout, (page) => marked.parse(page));
  for (const [at, { value }] of shown.entries()) {
    const [begin = ''] = String(value).split('…');
    assert.ok(String(recordsOf(ended.stdout)[at]?.value).startsWith(begin), `${names[at]} begins with ${begin}`);
  }
  assert.equal(ended.code, 0);
});

it('renders the texts of a .jsonl file, with options for the package', async () => {
  const lines = pages.map((page) => `${JSON.stringify(page)}\n`);
  const folder = folderOf('markdown', [], { 'docs.jsonl': lines.join('') });
  const ended = await shell(`polyloop map marked#parse '${folder}/docs.jsonl' -k -j 2 --args '{"breaks":true}'`, root);
  assertRendered(ended.stdout, (page) => marked.parse(page, { breaks: true }));
  assert.match(ended.stdout, /<br>/);
});

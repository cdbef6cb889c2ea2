// Checksums of a folder whose files have names that are hard on a shell: by the command, and by the program.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { it } from 'node:test';

import { folderOf, recordsOf, root, shell, shownIn } from '../support/examples.ts';
import { watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const { command, records: shown } = shownIn('checksums');
const files = {
  'photos/a cat.jpg': 'meow\n',
  'photos/two\nlines.jpg': 'one\ntwo\n',
  'photos/2026/"nothing".jpg': '',
};
const larger = { 'photos/2026/large.jpg': 'larger than one piece '.repeat(20_000) };

const checksum = ([path, text]: readonly [string, string]): unknown => ({
  path,
  size: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});
const byPath = (values: readonly unknown[]): unknown[] =>
  values.toSorted((one, other) => ((one as { path: string }).path < (other as { path: string }).path ? -1 : 1));

it('says size and SHA-256 of every file that find names, also of those with blanks and line breaks in their names', async () => {
  const ended = await shell(command, folderOf('checksums', ['checksum.ts'], files));
  const told = byPath(recordsOf(ended.stdout).map(({ value }) => value));
  assert.deepEqual(told, byPath(Object.entries(files).map(checksum)));
  assert.deepEqual(told, byPath(shown.map(({ value }) => value)));
  assert.equal(ended.code, 0);
});

it('says the same as a program, of all files below a folder', async () => {
  const folder = folderOf('checksums', [], { ...files, ...larger });
  const ended = await run([join(root, 'examples/checksums/checksums.ts'), 'photos'], { cwd: folder });
  const told = ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  assert.deepEqual(byPath(told), byPath(Object.entries({ ...files, ...larger }).map(checksum)));
  assert.equal(ended.code, 0);
});

// What the README shows runs.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { run } from '../support/programs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const index = new URL('../../src/index.ts', import.meta.url).href;
// Inside the repository, so that packages are found.
const folder = fileURLToPath(new URL('./.readme', import.meta.url));
mkdirSync(folder, { recursive: true });
after(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? '');

// Node 22 has no `await using` of its own.
const skip =
  Number(process.versions.node.split('.')[0]) < 24 &&
  'it shows `await using`, which Node 22 cannot read without a compiler';

async function output(program: string, name: string): Promise<string[]> {
  const path = `${folder}/${name}.ts`;
  writeFileSync(path, program.replace("from 'polyloop'", `from '${index}'`));
  const { stdout, stderr, code } = await run([path], { cwd: root });
  assert.deepEqual([stderr, code], ['', 0]);
  return stdout.trim().split('\n');
}

it('shows two programs', () => assert.equal(programs.length, 2));

it('its first program prints a hash, then one for each file', { skip }, async () => {
  const [one, ...all] = await output(programs[0] ?? '', 'first');
  assert.match(one ?? '', /^[0-9a-f]{64}$/);
  assert.ok(all.length > 5);
  assert.ok(all.includes(one ?? ''));
});

it('its second program prints what its comments say', { skip }, async () => {
  const lines = await output(programs[1] ?? '', 'second');
  const comments = [...(programs[1] ?? '').matchAll(/console\.log.*\/\/ (.*)$/gm)].map((match) => match[1]);
  assert.deepEqual(lines, comments);
  assert.equal(lines.length, 2);
});

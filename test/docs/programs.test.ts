// What the README and the pages of docs/ show runs.
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

function programsOf(page: string): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] ?? '');
}

/** What its comments say that a program prints. */
function saidOutput(program: string): (string | undefined)[] {
  return [...program.matchAll(/console\.log.*\/\/ (.*)$/gm)].map((match) => match[1]);
}

const programs = programsOf('README.md');

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

it('the README shows two programs', () => assert.equal(programs.length, 2));

it('its first program prints a hash, then one for each file', { skip }, async () => {
  const [one, ...all] = await output(programs[0] ?? '', 'first');
  assert.match(one ?? '', /^[0-9a-f]{64}$/);
  assert.ok(all.length > 5);
  assert.ok(all.includes(one ?? ''));
});

it('its second program prints what its comments say', { skip }, async () => {
  const lines = await output(programs[1] ?? '', 'second');
  assert.deepEqual(lines, saidOutput(programs[1] ?? ''));
  assert.equal(lines.length, 2);
});

for (const [page, count] of [['docs/failures.md', 3]] as const) {
  it(`${page} shows ${count} programs`, () => assert.equal(programsOf(page).length, count));

  for (const [at, program] of programsOf(page).entries()) {
    it(`program ${at + 1} of ${page} prints what its comments say`, async () => {
      const said = saidOutput(program);
      assert.ok(said.length > 0);
      assert.deepEqual(await output(program, `${page.replaceAll(/\W/g, '-')}-${at}`), said);
    });
  }
}

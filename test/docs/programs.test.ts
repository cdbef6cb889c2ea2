// What the README and the pages of docs/ show runs, and prints what its comments say.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { onceOf } from '../support/pools.ts';
import { run } from '../support/programs.ts';

/** Pages that need no program, and why. */
const without: ReadonlyMap<string, string> = new Map([
  ['README.md', 'it lists the other pages'],
  ['api.md', 'it is written from docstrings, whose examples are parts of programs'],
  ['command.md', 'it is for those who write no program; `test/cli` runs what it shows'],
  ['design.md', 'it gives reasons, and shows no use'],
  ['failures.md', 'it is an overview; the programs stand in the pages that it leads to'],
]);

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

async function output(program: string, name: string): Promise<string[]> {
  const path = `${folder}/${name}.ts`;
  writeFileSync(path, program.replace("from 'polyloop'", `from '${index}'`));
  const { stdout, stderr, code } = await run([path], { cwd: root });
  assert.deepEqual([stderr, code], ['', 0]);
  return stdout.trim().split('\n');
}

describe('the README', () => {
  const programs = programsOf('README.md');
  // Node 22 has no `await using` of its own.
  const skip =
    Number(process.versions.node.split('.')[0]) < 24 &&
    'it shows `await using`, which Node 22 cannot read without a compiler';

  it('shows two programs', () => assert.equal(programs.length, 2));

  it('prints a hash with its first program, then one for each file', { skip }, async () => {
    const [one, ...all] = await output(programs[0] ?? '', 'first');
    assert.match(one ?? '', /^[0-9a-f]{64}$/);
    assert.ok(all.length > 5);
    assert.ok(all.includes(one ?? ''));
  });

  it('prints with its second program what the comments say', { skip }, async () => {
    const lines = await output(programs[1] ?? '', 'second');
    assert.deepEqual(lines, saidOutput(programs[1] ?? ''));
    assert.equal(lines.length, 2);
  });
});

const pages = readdirSync(new URL('../../docs/', import.meta.url))
  .filter((file) => file.endsWith('.md'))
  .toSorted();

it('every page has a program, but for those that say why not', () => {
  assert.deepEqual(
    pages.filter((page) => programsOf(`docs/${page}`).length === 0),
    [...without.keys()].filter((page) => pages.includes(page)),
  );
});

it('the programs of all pages are typed', async () => {
  const types = `${folder}/types`;
  mkdirSync(types);
  for (const page of ['README.md', ...pages.map((name) => `docs/${name}`)])
    for (const [at, program] of programsOf(page).entries())
      writeFileSync(`${types}/${page.replaceAll(/\W/g, '-')}-${at}.ts`, program);
  const compilerOptions = { paths: { polyloop: [fileURLToPath(index)] } };
  writeFileSync(
    `${types}/tsconfig.json`,
    JSON.stringify({ extends: `${root}/tsconfig.json`, compilerOptions, include: ['.'] }),
  );
  const { stdout, code } = await run([`${root}/node_modules/typescript/bin/tsc`, '--project', types]);
  assert.deepEqual([stdout, code], ['', 0]);
});

// No more than two at once: there may be no more cores.
describe('a page shows', { concurrency: 2 }, () => {
  for (const page of pages) {
    for (const [at, program] of programsOf(`docs/${page}`).entries()) {
      it(`in docs/${page} what program ${at + 1} prints`, async () => {
        assert.doesNotMatch(program, /await using/, 'Node 22 cannot read that');
        assert.match(program, /isMain\(import\.meta\)/);
        const said = saidOutput(program);
        assert.ok(said.length > 0, 'it says nothing');
        const name = `${page.replaceAll(/\W/g, '-')}-${at}`;
        // Some show what depends on time, and another program may hold them up.
        await onceOf(
          3,
          () => output(program, name),
          (lines) => isDeepStrictEqual(lines, said),
        );
      });
    }
  }
});

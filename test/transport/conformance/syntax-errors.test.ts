// Modules with syntax errors: the error says in which file and where, also of a file that the module imports, over every transport.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { tasksFrom, WorkerStartError } from '../../../src/index.ts';
import { freshFile, newFolder, readText } from '../../support/files.ts';
import { kinds, makePool, rejection, sharedPool, watch } from '../../support/pools.ts';
import { increment } from '../../tasks/basic.ts';

watch();

const folder = newFolder();
const notes = freshFile();

function write(name: string, ...lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return pathToFileURL(file).href;
}

const note = `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(notes)}, 'ran\\n');`;
write('package.json', '{"type": "module"}');
write('fine.js', note);
const plain = write('plain.mjs', note, 'export function any( {', '  return 1;', '}');
const second = write('second.mjs', note, 'export const a = 1;', 'export function any() {', '  const b = ;', '}');

/** For each module: what its error says, and where. */
const broken: Record<string, readonly [url: string, message: RegExp, place: string]> = {
  'an ES module': [plain, /Unexpected number/, `${plain}:3:10`],
  'the first line of one': at('first.mjs', 'export const any = (;', 'Unexpected token', 1, 21),
  'a module with a hashbang': at('hashbang.mjs', '#!/usr/bin/env node\n  await 1 2;', 'Unexpected number', 2, 11),
  'a module without its last brace': at('open.js', 'export function any() {\n  if (1) {\n}\n', 'Unexpected end', 4, 1),
  'a module that declares a name twice': at('twice.js', 'let a = 1;\nlet a = 2;', "Identifier 'a'", 2, 5),
  'a module in TypeScript, without its types': at(
    'typed.ts',
    'export const a: number = 1;\nexport function any() {\n  let a: number = 1; let a: string;\n}',
    "Identifier 'a'",
    3,
    26,
  ),
  'TypeScript that cannot be read': at('unread.ts', 'const a: number = 1;\nfunction f(: number) {}', '.*', 2, 12),
  'a CommonJS module': at('common.cjs', 'exports.a = 1;\nexports.any = ( => 1;', 'Unexpected token', 2, 17),
  'a file that the module imports': [
    write('importing.mjs', note, "import './fine.js';", "export { a } from './second.mjs';"),
    /Unexpected token ';'/,
    `${second}:4:13`,
  ],
  'one of two files with such an error': [
    write('both.mjs', "import './deeper.mjs';", "import './plain.mjs';"),
    /Unexpected (?:number|token ';')/,
    '(?:plain\\.mjs:3:10|second\\.mjs:4:13)',
  ],
};
write('deeper.mjs', "import './second.mjs';");

/** A module whose own text is wrong, at this line and column. */
function at(name: string, text: string, message: string, line: number, column: number): (typeof broken)[string] {
  const url = write(name, text);
  return [url, new RegExp(message), `${name.replace('.', '\\.')}:${line}:${column}`];
}

for (const kind of kinds) {
  describe(`a syntax error in a module, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });
    for (const [what, [url, message, place]] of Object.entries(broken)) {
      it(`is shown with its place: ${what}`, async () => {
        const error = await rejection(shared().run(tasksFrom<{ any(): void }>(url).any));
        assert.ok(error instanceof WorkerStartError);
        assert.match(error.message, message);
        assert.match(error.message, new RegExp(`\\(\\S*${place}\\)$`));
        assert.match(String((error.cause as Error).stack), new RegExp(place.replaceAll(/(:\d+):\d+/g, '$1')));
        assert.equal(await shared().run(increment, 1), 2);
      });
    }

    it('is shown with its place in a setup', async (t) => {
      const pool = makePool(t, { kind, workers: 1, setup: { task: tasksFrom<{ any(): void }>(plain).any } });
      const error = (await rejection(pool.run(increment, 1))) as Error;
      assert.match(error.message, /could not start: Unexpected number \(\S*plain\.mjs:3:10\)$/);
    });
  });
}

describe('a search for the place of a syntax error', () => {
  it('runs nothing of the files that it looks at', () => assert.equal(readText(notes), ''));

  it('finds what is wrong with a file that Node takes for the other kind, as it may be of either', async (t) => {
    const untold = newFolder();
    writeFileSync(join(untold, 'untold.js'), 'import "./other.js";\nexport function any() {\n  return = 1;\n}');
    const url = pathToFileURL(join(untold, 'untold.js')).href;
    const pool = makePool(t, { kind: 'thread', workers: 1 });
    const error = (await rejection(pool.run(tasksFrom<{ any(): void }>(url).any))) as Error;
    assert.match(error.message, /Unexpected token '=' \(\S*untold\.js:3:10\)$/);
  });

  it('leaves an error alone that user code threw', async (t) => {
    const url = write('throws.mjs', "const own = new SyntaxError('its own');", 'throw own;');
    const pool = makePool(t, { kind: 'inline', workers: 1 });
    const error = (await rejection(pool.run(tasksFrom<{ any(): void }>(url).any))) as Error;
    assert.match(error.message, /its own \(\S*throws\.mjs:1:13\)$/);
  });
});

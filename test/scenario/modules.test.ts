// Where task functions may stand, and how the worker finds them there.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { newFolder } from '../support/files.ts';
import { farKinds, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const program = (name: string): string => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));
const index = new URL('../../src/index.ts', import.meta.url).href;

describe('task functions', () => {
  for (const kind of farKinds) {
    it(`run from the main script, over ${kind}`, async () => {
      const { stdout, stderr, code } = await run([program('main-tasks.ts'), kind]);
      assert.deepEqual([stdout, stderr, code], [`false ${pathToFileURL(program('main-tasks.ts')).href}\n`, '', 0]);
    });

    it(`run after the program has changed its folder, over ${kind}`, async () => {
      const { stdout, code } = await run(['test/scenario/programs/main-tasks.ts', kind, tmpdir()], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
      });
      assert.match(stdout, /^false file:/);
      assert.equal(code, 0);
    });

    it(`run from paths with spaces and letters of all kinds, and through links, over ${kind}`, async () => {
      const folder = join(realpathSync(newFolder()), 'ein Ordner für ämter 100% #1 料理');
      mkdirSync(folder);
      const source = `
        import { isMain, Pool, task } from '${index}';
        const where = task(import.meta, function where() { return import.meta.url; });
        if (isMain(import.meta)) {
          const pool = new Pool({ kind: '${kind}', workers: 1 });
          console.log(await pool.run(where));
        }`;
      const real = join(folder, 'größe ?.mjs');
      writeFileSync(real, source);
      const link = join(folder, 'link.mjs');
      symlinkSync(real, link);
      for (const path of [real, link]) {
        const { stdout, stderr } = await run([path]);
        assert.deepEqual([stdout, stderr], [`${pathToFileURL(real).href}\n`, '']);
      }
    });

    it(`run from CommonJS programs, over ${kind}`, async () => {
      const folder = newFolder();
      const path = join(folder, 'main.cjs');
      writeFileSync(
        path,
        `const { isMain, Pool, task } = require(${JSON.stringify(fileURLToPath(index))});
         const { pathToFileURL } = require('node:url');
         const square = task(__filename, function square(n) { return n * n; });
         if (require.main === module) {
           const pool = new Pool({ kind: '${kind}', workers: 1 });
           pool.run(square, 7).then(console.log);
         }`,
      );
      const { stdout, stderr } = await run([path]);
      assert.deepEqual([stdout, stderr], ['49\n', '']);
    });
  }

  it('run where their module has another copy of polyloop than the pool', async () => {
    const folder = newFolder();
    cpSync(new URL('../../src', import.meta.url), join(folder, 'copy'), { recursive: true });
    const path = join(folder, 'main.ts');
    writeFileSync(
      path,
      `import { Pool, isMain } from '${index}';
       import { context, portable, task } from './copy/index.ts';
       class Point { static { portable(import.meta, this); } x = 1; }
       const move = task(import.meta, function move(p: Point) { p.x += context().attempt; return p; });
       if (isMain(import.meta)) {
         const pool = new Pool({ workers: 1 });
         const p = await pool.run(move, new Point());
         console.log(p instanceof Point, p.x);
       }`,
    );
    const { stdout, stderr } = await run([path]);
    assert.deepEqual([stdout, stderr], ['true 2\n', '']);
  });
});

describe('a main script that forgets isMain', () => {
  for (const name of ['forgot-is-main.ts', 'forgot-quietly.ts', 'forgot-broadcast.ts', 'forgot-over-threads.ts']) {
    it(`is told what to write and starts no pools in pools (${name})`, async () => {
      const { stdout, stderr, ms } = await run([program(name)]);
      assert.match(
        stdout + stderr,
        /could not (?:load file:.*forgot.*|start): A worker loaded this module.*if \(isMain\(import\.meta\)\)/,
      );
      assert.ok(ms < 10_000);
    });
  }
});

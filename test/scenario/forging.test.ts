// What a worker sends is data. It never makes its caller load a module that the caller has not named, so a worker that is
// confined by Node's permission model runs no code in its caller.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import { InvalidOptionError, NotSerializableError, Pool, tasksFrom, type WorkerKind } from '../../src/index.ts';
import { CallerModules } from '../../src/pool/caller-modules.ts';
import { newFolder } from '../support/files.ts';
import { farKinds, makePool, rejectionOf, watch } from '../support/pools.ts';
import { shareOf } from '../support/shares.ts';
import { doNothing, forge, forgeDeath, forgeResult, forgeSetup, sayForged, ways } from '../tasks/forging.ts';

watch(60_000);

const run = globalThis as { polyloopForged?: number };

function assertNothingRan(): void {
  assert.equal(run.polyloopForged, undefined, 'a worker made its caller run code');
}

const source = 'globalThis.polyloopForged = 1;';

/** Modules that this program has not named. */
function strangers(): string[] {
  const file = join(newFolder(), 'stranger.mjs');
  writeFileSync(file, source);
  return [
    `data:text/javascript,${encodeURIComponent(source)}`,
    `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`,
    `DATA:text/javascript,${encodeURIComponent(source)}`,
    pathToFileURL(file).href,
    file,
    `${new URL('../tasks/forging.ts', import.meta.url).href}?again`,
    'node:fs',
    'http://127.0.0.1:9/x.mjs',
    'https://127.0.0.1:9/x.mjs',
    'polyloop',
    './x.mjs',
    '',
  ];
}

/** A process that may read files and nothing else. */
const confined = ['--permission', '--allow-fs-read=*', '--allow-worker'];

function confinedPool(t: TestContext, kind: WorkerKind): Pool {
  return makePool(t, { kind, workers: 1, graceMs: 200, ...(kind === 'process' && { execArgv: confined }) });
}

for (const [at, kind] of farKinds.entries()) {
  describe(`a worker over ${kind} that names a module`, () => {
    for (const way of shareOf(ways, 2, at)) {
      it(`in what it sends as ${way} makes its caller load nothing, and that task says so`, async (t) => {
        const pool = confinedPool(t, kind);
        for (const url of strangers().filter((each) => URL.canParse(each))) {
          const call = async (): Promise<unknown> => {
            if (way === 'yield') return await Array.fromAsync(pool.stream(forge, url, way));
            return await pool.with({ onReport: () => {} }).run(forgeResult, url, way);
          };
          const [end] = await Promise.allSettled([call()]);
          assert.ok(end.status === 'rejected', url);
          assert.ok(end.reason instanceof NotSerializableError, `${url}: ${String(end.reason)}`);
          assert.match(end.reason.message, /portable class `Forged(Error)?` of .*, and /);
          assertNothingRan();
        }
        assert.equal(await pool.run(doNothing), undefined);
        assert.equal(pool.stats().workers[0]?.id, 1);
      });
    }

    it('in what it says when it cannot start, dies, or cannot be torn down, makes its caller load nothing', async (t) => {
      for (const url of strangers().slice(0, 2)) {
        const options = { kind, workers: 1, graceMs: 300 };
        const starting = makePool(t, { ...options, setup: { task: forgeSetup as never, args: [url] } });
        await assert.rejects(starting.run(doNothing), { name: 'WorkerStartError' });
        const dying = makePool(t, options);
        await assert.rejects(dying.run(forgeDeath, url), { name: 'WorkerCrashedError' });
        const warned = new Promise((resolve) => process.once('warning', resolve));
        const stopping = new Pool({ ...options, teardown: { task: forgeSetup as never, args: [url] } });
        await stopping.run(doNothing);
        await stopping.close();
        await warned;
        assertNothingRan();
      }
    });

    it('in a message that it has written by hand makes its caller load nothing', async (t) => {
      const [url] = strangers();
      const stand = {};
      const body = { root: stand, specials: [['portable', stand, url, 'Forged', { n: 7 }, undefined]] };
      const messages = [
        { type: 'dying', payload: [body] },
        { type: 'startFailed', payload: [body] },
        { type: 'stopped', payload: [body] },
        { type: 'said', run: 0, place: 0, how: 'report', forms: [1], payload: [body] },
        { type: 'turn', ends: [0, 0, 1, 1], reports: [], payload: [body] },
        { type: 'turn', ends: [0, 0, 1, 3], reports: [], payload: [body] },
        { type: 'turn', ends: [0, 0, 1, 5], reports: [], payload: [body] },
        { type: 'turn', ends: [0, 0, 1, 7], reports: [], payload: [body] },
      ];
      const tried = messages.map(async (message) => {
        const pool = confinedPool(t, kind);
        await Promise.allSettled([pool.with({ onReport: () => {}, timeoutMs: 5_000 }).run(sayForged, [message])]);
        await pool.terminate();
      });
      await Promise.all(tried);
      assertNothingRan();
    });

    it('whose task function this program has named may send instances of classes of that module', async (t) => {
      const folder = newFolder();
      const file = join(folder, 'own.mjs');
      const index = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href);
      writeFileSync(
        file,
        `import { portable } from ${index};
         export class Own { static { portable(import.meta, this); } n = 7; }
         export const give = () => new Own();`,
      );
      const { give } = tasksFrom<{ give(): { n: number } }>(pathToFileURL(file));
      const pool = makePool(t, { kind, workers: 1 });
      assert.equal((await pool.run(give)).n, 7);
    });

    it('that is allowed may send instances of its classes; by the module, and by the folder', async (t) => {
      for (const allowed of [(file: string) => file, (file: string) => new URL('./', pathToFileURL(file))]) {
        const folder = newFolder();
        const index = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href);
        const file = join(folder, 'other.mjs');
        writeFileSync(
          file,
          `import { portable } from ${index};
           export class Other { static { portable(import.meta, this); } n = 7; }`,
        );
        const giver = join(folder, 'giver.mjs');
        writeFileSync(giver, `import { Other } from './other.mjs'; export const give = () => [new Other()];`);
        const { give } = tasksFrom<{ give(): { n: number }[] }>(giver);
        const strict = makePool(t, { kind, workers: 1 });
        const refused = await rejectionOf(NotSerializableError, strict.run(give));
        assert.match(
          refused.message,
          /portable class `Other` of file:.*other\.mjs.*Import the module here.*allowModules/s,
        );
        const pool = makePool(t, { kind, workers: 1, allowModules: [allowed(file)] });
        assert.equal((await pool.run(give))[0]?.n, 7);
      }
    });
  });
}

describe('allowModules', () => {
  it('takes file: URLs and absolute paths, and nothing else', () => {
    for (const allowModules of [
      ['data:text/javascript,1'],
      ['https://x/y.js'],
      ['./x.js'],
      ['x'],
      [7],
      'file:///x',
      {},
    ])
      assert.throws(() => new Pool({ allowModules: allowModules as never }), InvalidOptionError);
  });

  it('means a folder and what is below it, whatever a worker writes to leave it', () => {
    const modules = new CallerModules(['/app/models/', new URL('file:///app/one.js')], 1_000);
    for (const url of ['file:///app/models/a.js', 'file:///app/models/deep/b.js', 'file:///app/one.js'])
      assert.equal(modules.whyNot(url), undefined, url);
    for (const url of [
      ...strangers(),
      'file:///app/models/../evil.js',
      'file:///app/models/%2e%2e/evil.js',
      'file:///app/models/..\\evil.js',
      'file:///app/models',
      'file:///app/models-evil/a.js',
      'file:///app/models/a.js?again',
      'file:///app/models/a.js#again',
      'file:///app/one.js?again',
      'file://host/app/models/a.js',
      'data:file:///app/models/a.js',
      'x:file:///app/models/a.js',
    ])
      assert.notEqual(modules.whyNot(url), undefined, url);
  });
});

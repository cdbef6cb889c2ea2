// A program that `execPath` leads back to must not start itself for ever.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { newFolder } from '../support/files.ts';
import { farKinds, kinds, watch } from '../support/pools.ts';
import { run } from '../support/programs.ts';

watch();

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
const node = process.execPath;
const itself = program('starts-itself');
const startsOf = (log: string): number => readFileSync(log, 'utf8').trim().split('\n').length;
/** The program, and what a pool tries before it gives up. */
const mostStarts = 5;

describe('a program that process.execPath starts again', () => {
  const ways: [string, string, object?][] = [
    ['through a script', `exec ${node} ${itself} "$@"`],
    ['through a script that stays between the two', `${node} ${itself} "$@"`],
    ['without its arguments', `exec ${node} ${itself}`],
    ['without its environment', `exec env -i STARTS_ITSELF="$STARTS_ITSELF" ${node} ${itself} "$@"`],
    ['with a pool that unsets the mark of a worker', `exec ${node} ${itself} "$@"`, { env: { POLYLOOP_DEPTH: '' } }],
  ];
  for (const [how, command, options = {}] of ways) {
    it(`${how} starts no workers in place of a worker, and says what to do`, async () => {
      const folder = newFolder();
      const [log, script] = [join(folder, 'starts'), join(folder, 'node.sh')];
      writeFileSync(script, `#!/bin/sh\n${command}\n`);
      chmodSync(script, 0o755);
      const env = { STARTS_ITSELF: [log, script, JSON.stringify(options)].join('|') };
      const { code, stdout, stderr } = await run([itself], { env });
      assert.match(stdout, /WorkerStartError/, stderr);
      assert.match(stdout, /It said: (.*\n)*NestedPoolError: A pool started .* but it runs this program instead/);
      assert.match(stdout, /Give the pool `execPath`/);
      assert.equal(code, 0, stderr);
      assert.ok(startsOf(log) <= mostStarts, `${startsOf(log)} starts`);
    });
  }
});

describe('a module that Node loads before each worker', () => {
  for (const kind of farKinds) {
    it(`may not run a pool there, over ${kind}`, async () => {
      const log = join(newFolder(), 'starts');
      const { code, stdout, stderr } = await run(
        ['--import', pathToFileURL(program('pool-before-worker')).href, '--eval', ''],
        { env: { POOL_BEFORE_WORKER: `${log}|${kind}` } },
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /NestedPoolError: A module that Node loads before the worker/);
      // It has caught the error, so the worker starts after it.
      assert.match(stdout, /ran 2/);
      assert.ok(startsOf(log) <= mostStarts, `${startsOf(log)} starts`);
    });
  }
});

describe('a program that a task spawns', () => {
  for (const kind of kinds) {
    it(`may have a pool of its own, over ${kind}`, async () => {
      const { code, stdout, stderr } = await run([program('spawns-a-program'), kind]);
      assert.equal(stdout.trim(), '42', stderr);
      assert.equal(code, 0);
    });
  }
});

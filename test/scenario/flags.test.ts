// Each flag of `node`, however it is given, leaves workers of each kind at work, and means for them what it means for the program.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { newFolder } from '../support/files.ts';
import { farKinds, watch } from '../support/pools.ts';
import { run, type Ended } from '../support/programs.ts';
import { shareOf } from '../support/shares.ts';
import type { Flagged } from '../tasks/flagged.ts';

watch();

const program = fileURLToPath(new URL('programs/flags.ts', import.meta.url));

/** A folder with what flags name. */
function place(): string {
  const folder = newFolder();
  const hook = 'globalThis.preloaded = (globalThis.preloaded ?? 0) + 1;';
  const inPackage = join(folder, 'node_modules/hook-package');
  mkdirSync(inPackage, { recursive: true });
  for (const file of ['hook.mjs', 'hook.cjs', 'node_modules/hook-package/import.mjs'])
    writeFileSync(join(folder, file), hook);
  const exports = { import: './import.mjs', require: './none.cjs' };
  writeFileSync(join(inPackage, 'package.json'), JSON.stringify({ name: 'hook-package', exports }));
  writeFileSync(join(folder, 'hooks.mjs'), '');
  writeFileSync(join(folder, 'variables.env'), 'OF_ENV_FILE=yes\n');
  return folder;
}

type How = 'command line' | 'NODE_OPTIONS' | 'execArgv';

interface Row {
  readonly flag: string;
  /** How many modules it loads before the worker. */
  readonly preloads?: number;
  readonly ofEnvFile?: string;
  /** Ways in which Node, or the pool, does not take it, and why. */
  readonly without?: Partial<Record<How, string>>;
  readonly kinds?: string;
}

/** Several flags each, for a program takes most of a second. */
const rows: Row[] = [
  { flag: '--import ./hook.mjs --import hook-package -r ./hook.cjs', preloads: 3 },
  { flag: '--import=./hook.mjs --require=./hook.cjs --loader ./hooks.mjs', preloads: 2 },
  {
    flag: '--max-old-space-size=200 --conditions=development --no-warnings --unhandled-rejections=strict --diagnostic-dir=there --redirect-warnings=warnings',
  },
  {
    flag: '--env-file=variables.env --env-file-if-exists none.env --stack-size=900 --expose-gc --title=flags',
    ofEnvFile: 'yes',
    without: { NODE_OPTIONS: 'Node forbids them there', execArgv: 'they are for whole processes, but for those below' },
  },
  {
    flag: '--env-file=variables.env --env-file-if-exists none.env --stack-size=900',
    ofEnvFile: 'yes',
    without: { NODE_OPTIONS: 'as above', 'command line': 'as above' },
  },
  { flag: '--inspect=127.0.0.1:0 --inspect-port=0', without: { execArgv: 'see below' } },
  { flag: '--cpu-prof --cpu-prof-dir=profiles' },
  {
    flag: '--permission --allow-fs-read=* --allow-fs-write=* --allow-child-process',
    without: { NODE_OPTIONS: 'it is the same', execArgv: 'threads share the permissions of the program' },
    kinds: 'process',
  },
];

async function seenWith(row: Row, how: How, env: NodeJS.ProcessEnv, folder: string): Promise<[Flagged[], Ended]> {
  const words = row.flag.split(' ');
  const ended = await run([...(how === 'command line' ? words : []), program], {
    cwd: folder,
    env: {
      PWD: folder,
      FLAGS_KINDS: row.kinds,
      ...(how === 'NODE_OPTIONS' && { NODE_OPTIONS: row.flag }),
      ...(how === 'execArgv' && { FLAGS_OPTIONS: JSON.stringify({ execArgv: words }) }),
      ...env,
    },
  });
  assert.equal(ended.code, 0, ended.stderr);
  return [JSON.parse(ended.stdout) as Flagged[], ended];
}

describe('workers have a flag of the program', () => {
  for (const [at, how] of (['command line', 'NODE_OPTIONS', 'execArgv'] satisfies How[]).entries()) {
    for (const row of shareOf(rows, 2, at)) {
      const skip = row.without?.[how];
      if (skip !== undefined) continue;
      it(`${row.flag}, given by ${how}, when the program has moved to another folder`, async () => {
        const folder = place();
        const [seen, { stderr }] = await seenWith(row, how, { FLAGS_MOVES: 'after' }, folder);
        assert.equal(seen.length, (row.kinds ?? 'process,thread').split(',').length);
        for (const each of seen) {
          assert.deepEqual(
            [each.preloaded, each.ofEnvFile, each.folder],
            [row.preloads ?? 0, row.ofEnvFile, '/'],
            `${JSON.stringify(each)} ${stderr}`,
          );
        }
        assert.doesNotMatch(stderr, /address already in use/);
      });
    }
  }

  for (const how of ['command line', 'NODE_OPTIONS'] satisfies How[]) {
    it(`given by ${how}, when the program has moved before it loads polyloop`, async () => {
      const row: Row = { flag: '--require ./hook.cjs --import ./hook.mjs' };
      const [seen] = await seenWith(row, how, { FLAGS_MOVES: 'before' }, place());
      assert.deepEqual(
        seen.map(({ preloaded }) => preloaded),
        [2, 2],
      );
    });
  }

  it('as it is, where the program has not moved', async () => {
    const [[process, thread]] = await seenWith({ flag: '--import ./hook.mjs' }, 'command line', {}, place());
    assert.deepEqual(
      [process?.execArgv, thread?.execArgv],
      [
        ['--import', './hook.mjs'],
        ['--import', './hook.mjs'],
      ],
    );
  });

  for (const input of ['--input-type=module', '--input-type=commonjs', '--no-warnings']) {
    it(`with --eval and ${input}`, async () => {
      const code = `import(${JSON.stringify(program)})`;
      const { code: status, stdout, stderr } = await run(['--max-old-space-size=200', input, '--eval', code]);
      assert.equal(status, 0, stderr);
      assert.equal(
        (JSON.parse(stdout) as unknown[]).every((each) => typeof each === 'object'),
        true,
        stdout,
      );
    });
  }
});

describe('a debugger', () => {
  it('listens at a port that NODE_OPTIONS names for the program alone', async () => {
    const row: Row = { flag: '--inspect=127.0.0.1:0 --no-warnings' };
    const [[process, thread], { stderr }] = await seenWith(row, 'NODE_OPTIONS', {}, place());
    assert.deepEqual([process?.nodeOptions, thread?.nodeOptions], ['--no-warnings', '--no-warnings']);
    assert.equal(stderr.match(/Debugger listening/g)?.length, 1);
  });

  it('listens in worker processes where `execArgv` says so', async () => {
    const row: Row = { flag: '--inspect=127.0.0.1:0', kinds: 'process' };
    const [, { stderr }] = await seenWith(row, 'execArgv', {}, place());
    assert.equal(stderr.match(/Debugger listening/g)?.length, 1);
  });
});

describe('what Node writes about a worker when it ends', () => {
  for (const kind of farKinds) {
    it(`is its coverage, over ${kind}`, async () => {
      const folder = place();
      const row: Row = { flag: '--no-warnings', kinds: kind };
      await seenWith(row, 'command line', { NODE_V8_COVERAGE: 'coverage', FLAGS_MOVES: 'after' }, folder);
      const files = readdirSync(join(folder, 'coverage')).map((name) =>
        readFileSync(join(folder, 'coverage', name), 'utf8'),
      );
      // The program loads the module of the task too, but calls the function only in the worker.
      const called = files.filter((text) => isCalled(text));
      assert.equal(called.length, 1);
    });

    it(`is its CPU profile, over ${kind}`, async () => {
      const folder = place();
      const row: Row = { flag: '--cpu-prof --cpu-prof-dir=profiles', kinds: kind };
      await seenWith(row, 'execArgv', { FLAGS_MOVES: 'after' }, folder);
      assert.equal(readdirSync(join(folder, 'profiles')).length, 1);
    });
  }
});

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}

function isCalled(text: string): boolean {
  const { result } = JSON.parse(text) as Coverage;
  const functions = result.find(({ url }) => url.endsWith('/flagged.ts'))?.functions ?? [];
  return functions.some(({ functionName, ranges }) => functionName === 'flagged' && (ranges[0]?.count ?? 0) > 0);
}

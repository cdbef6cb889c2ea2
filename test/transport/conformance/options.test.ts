// Options that say what workers start with mean the same over all kinds, but for `inline`, which shares the program's surroundings.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

import { InvalidOptionError, Pool, type PoolOptions, type WorkerKind } from '../../../src/index.ts';
import { farKinds, kinds, makePool, rejectionOf, until, watch } from '../../support/pools.ts';
import { increment } from '../../tasks/basic.ts';
import * as tasks from '../../tasks/surroundings.ts';

watch();

interface Row {
  readonly what: string;
  readonly options: PoolOptions;
  /** What a task sees in a worker of its own. */
  readonly see: (pool: Pool) => Promise<unknown>;
  readonly far: unknown;
  /** What it sees inline. */
  readonly near: unknown;
}

const unset = [false, undefined];
process.env['OF_PROGRAM'] = 'program';
const ofProgram = [true, 'program'];

const rows: Row[] = [
  ...(
    [
      ['nothing', {}, 'OF_PROGRAM', ofProgram, ofProgram],
      ['a new variable', { env: { NEW: 'x' } }, 'NEW', [true, 'x'], unset],
      ['a variable beside others', { env: { NEW: 'x' } }, 'OF_PROGRAM', ofProgram, ofProgram],
      ['an empty variable', { env: { NEW: '' } }, 'NEW', [true, ''], unset],
      ['a variable that is replaced', { env: { OF_PROGRAM: 'pool' } }, 'OF_PROGRAM', [true, 'pool'], ofProgram],
      ['a variable that is unset', { env: { OF_PROGRAM: undefined } }, 'OF_PROGRAM', unset, ofProgram],
      ['a variable that was never set', { env: { NEVER: undefined } }, 'NEVER', unset, unset],
      ['process.env', { env: process.env }, 'OF_PROGRAM', ofProgram, ofProgram],
      ['no mark of a worker', { env: { POLYLOOP_DEPTH: '7' } }, 'POLYLOOP_DEPTH', unset, unset],
    ] satisfies [string, PoolOptions, string, unknown, unknown][]
  ).map(([what, options, name, far, near]): Row => ({
    what: `the environment with ${what}`,
    options,
    see: (pool) => pool.run(tasks.variable, name),
    far,
    near,
  })),
  ...[[], ['one'], ['--flag', 'two words', '']].map((argv): Row => ({
    what: `the arguments ${JSON.stringify(argv)}`,
    options: { argv },
    see: (pool) => pool.run(tasks.ownArguments),
    far: argv,
    near: process.argv.slice(2),
  })),
  ...[['--no-warnings'], ['--conditions', 'x']].map((execArgv): Row => ({
    what: `the flags ${execArgv.join(' ')}`,
    options: { execArgv },
    see: (pool) => pool.run(tasks.ownFlags),
    far: execArgv,
    near: process.execArgv,
  })),
  {
    what: 'a worker entry, as a path',
    options: { workerEntry: fileURLToPath(new URL('../../tasks/own-worker-entry.ts', import.meta.url)) },
    see: (pool) => pool.run(tasks.hasOwnEntry),
    far: true,
    near: false,
  },
  {
    what: 'a worker entry, as a URL',
    options: { workerEntry: new URL('../../tasks/own-worker-entry.ts', import.meta.url) },
    see: (pool) => pool.run(tasks.hasOwnEntry),
    far: true,
    near: false,
  },
  {
    what: 'another program for workers',
    options: { execPath: process.execPath },
    see: (pool) => pool.run(increment, 1),
    far: 2,
    near: 2,
  },
  ...(['--max-old-space-size=80', '--max_old_space_size=80'] as const).map((flag): Row => ({
    what: `the flag ${flag}`,
    options: { execArgv: [flag, '--no-warnings'] },
    // V8 adds what the young generation may hold.
    see: async (pool) => (await pool.run(tasks.heapLimit)) < 300,
    far: true,
    near: false,
  })),
  {
    what: 'resourceLimits, which go before flags',
    options: { execArgv: ['--max-old-space-size=2000'], resourceLimits: { maxOldGenerationSizeMb: 80 } },
    see: async (pool) => (await pool.run(tasks.heapLimit)) < 300,
    far: true,
    near: false,
  },
];

for (const kind of kinds) {
  describe(`what workers start with, over ${kind}`, () => {
    for (const { what, options, see, far, near } of rows) {
      it(`is ${what}`, async (t) => {
        const pool = makePool(t, { kind, workers: 1, ...options });
        assert.deepEqual(await see(pool), kind === 'inline' ? near : far);
      });
    }
  });

  describe(`a module that is loaded, over ${kind}`, () => {
    it('knows the worker outside of any task', async (t) => {
      const pool = makePool(t, { kind, workers: 2 });
      const ids = await pool.broadcast(tasks.ownId);
      const seen = await pool.broadcast(tasks.atLoad);
      const none = { id: 0, kind: 'inline', pid: process.pid, taskId: 0, attempt: 1 };
      const expected = ids.map(([id, pid]) => (kind === 'inline' ? none : { ...none, id, kind, pid }));
      assert.deepEqual(seen, expected);
      if (kind !== 'inline') assert.deepEqual(ids.map(([id]) => id).toSorted(), [1, 2]);
      const own = kind === 'inline' ? [0, 0] : ids.map(([id]) => id);
      await until(async () => {
        const inTimers = await pool.broadcast(tasks.idOutside);
        return inTimers.every((id, at) => id === own[at]);
      }, 'timers know it too');
    });
  });

  describe(`what is named twice in \`transfer\`, over ${kind}`, () => {
    it('is moved once, in arguments', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const [one, other] = [new ArrayBuffer(8), new ArrayBuffer(16)];
      const runner = pool.with({ transfer: [one, other, one, other, one] });
      assert.deepEqual(await runner.run(tasks.lengths, [one, other, one]), [8, 16, 8]);
      assert.deepEqual([one.detached, other.detached], [true, true]);
    });

    it('fails its task, when it is moved already', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const buffer = new ArrayBuffer(8);
      const runner = pool.with({ transfer: [buffer, buffer] });
      const [first, second] = await Promise.allSettled([
        runner.run(tasks.lengths, [buffer]),
        runner.run(tasks.lengths, [buffer]),
      ]);
      assert.deepEqual(first, { status: 'fulfilled', value: [8] });
      assert.equal(second.status === 'rejected' && (second.reason as Error).name, 'NotSerializableError');
      assert.deepEqual(await pool.run(tasks.lengths, []), []);
    });

    it('is moved once, in results', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      assert.equal((await pool.run(tasks.give, 32, 3)).byteLength, 32);
    });
  });

  describe(`what can never be moved, over ${kind}`, () => {
    const wrong: [string, unknown, RegExp][] = [
      ['a view', new Uint8Array(1), /transfer\[1\]` is a view/],
      ['shared memory', new SharedArrayBuffer(1), /transfer\[1\]` is a SharedArrayBuffer/],
      ['a plain object', {}, /transfer\[1\]` is a plain object/],
      ['a plain object of another realm', runInNewContext('({})'), /transfer\[1\]` is a plain object/],
      ['an array', [], /transfer\[1\]` is a plain object/],
      ['a number', 1, /transfer\[1\]` is no object \(number\)/],
      ['null', null, /transfer\[1\]` is no object/],
    ];
    for (const [what, value, message] of wrong) {
      it(`is refused at once, in arguments: ${what}`, (t) => {
        const pool = makePool(t, { kind, workers: 1 });
        const transfer = [new ArrayBuffer(1), value] as ArrayBuffer[];
        assert.throws(
          () => pool.with({ transfer }),
          (error) => error instanceof InvalidOptionError && message.test(error.message),
        );
      });
    }

    it('is refused in a task, in results', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      for (const what of ['view', 'shared', 'plain'] as const)
        await rejectionOf(InvalidOptionError, pool.run(tasks.giveWrongly, what));
    });

    it('says nothing against buffers of another realm', async (t) => {
      const pool = makePool(t, { kind, workers: 1 });
      const buffer = runInNewContext('new ArrayBuffer(4)') as ArrayBuffer;
      assert.deepEqual(await pool.with({ transfer: [buffer, buffer] }).run(tasks.lengths, [buffer]), [4]);
      assert.equal(buffer.detached, true);
    });
  });

  describe(`options of workers that are wrong, over ${kind}`, () => {
    const wrong: [string, object, RegExp][] = [
      [
        'env of numbers',
        { env: { A: 1 } },
        /`env` takes an object of strings \(undefined unsets a variable\), or 'share'/,
      ],
      ['env with a null character', { env: { A: 'a\0b' } }, /`env` takes .* no string a null character/],
      ['env with `=` in a name', { env: { 'A=B': 'c' } }, /`env` takes .* no name contains `=`/],
      ['argv with a null character', { argv: ['a\0b'] }, /`argv` takes an array of strings, none with a null/],
      ['execArgv with a null character', { execArgv: ['--a\0b'] }, /`execArgv` takes an array of strings, none/],
      ['env of another word', { env: 'shared' }, /`env` takes/],
      ['argv as text', { argv: '--flag' }, /`argv` takes an array of strings/],
      ['argv of numbers', { argv: [1] }, /`argv` takes an array of strings/],
      ['an empty execPath', { execPath: '' }, /`execPath` takes the path of a Node/],
      ['execPath as a list', { execPath: ['node'] }, /`execPath` takes the path of a Node/],
      ['a number as workerEntry', { workerEntry: 1 }, /`workerEntry` takes a path or a URL/],
      ...['-e', '--eval=1', '-p', '--test', '--watch', '--check', '-c', '--run=x', '--input-type=module', '-i'].map(
        (flag): [string, object, RegExp] => [
          `the flag ${flag}`,
          { execArgv: ['--no-warnings', flag] },
          new RegExp(`\`execArgv\` takes flags that leave it to polyloop what runs, not \`${flag}\``),
        ],
      ),
    ];
    for (const [what, options, message] of wrong) {
      it(`are refused at once: ${what}`, () => {
        assert.throws(
          () => new Pool({ kind, ...options }),
          (error) => error instanceof InvalidOptionError && message.test(error.message),
        );
      });
    }
  });
}

describe('an environment that is shared', () => {
  it('is that of the program, for threads and inline', async (t) => {
    for (const kind of ['thread', 'inline'] satisfies WorkerKind[]) {
      const pool = makePool(t, { kind, workers: 1, env: 'share' });
      await pool.run(tasks.setVariable, 'OF_TASK', kind);
      assert.equal(process.env['OF_TASK'], kind);
      process.env['OF_TASK'] = 'again';
      assert.deepEqual(await pool.run(tasks.variable, 'OF_TASK'), [true, 'again']);
    }
    delete process.env['OF_TASK'];
  });

  it('takes no file of variables for workers alone', () => {
    assert.throws(() => new Pool({ kind: 'thread', env: 'share', execArgv: ['--env-file=some.env'] }), {
      name: 'InvalidOptionError',
      option: 'execArgv',
      message: /workers have no variables of their own/,
    });
  });

  it('is refused for processes', () => {
    assert.throws(() => new Pool({ env: 'share' }), {
      name: 'InvalidOptionError',
      option: 'env',
      message: /is for threads only/,
    });
  });
});

describe('a flag that Node takes for processes only', () => {
  it('is refused for threads at once, by name, with what to do', () => {
    for (const execArgv of [['--expose-gc'], ['--no-warnings', '--title=x'], ['--no-such-flag']]) {
      assert.throws(() => new Pool({ kind: 'thread', execArgv }), {
        name: 'InvalidOptionError',
        option: 'execArgv',
        message: new RegExp(`\`${execArgv.at(-1)}\`, which Node takes for whole processes only`),
      });
    }
  });

  for (const kind of farKinds) {
    it(`leaves the others to work, over ${kind}`, async (t) => {
      const pool = makePool(t, { kind, workers: 1, execArgv: ['--max-semi-space-size=4', '--stack-size=900'] });
      assert.equal(await pool.run(increment, 1), 2);
    });
  }
});

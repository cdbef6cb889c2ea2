import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';

import { InvalidOptionError, NotSerializableError, Pool, type PoolOptions } from '../../src/index.ts';
import { poolSettings } from '../../src/pool/options.ts';
import { increment } from '../tasks/basic.ts';

describe('the options of a pool', () => {
  it('have defaults', () => {
    const { kind, minWorkers, maxWorkers, concurrency, graceMs } = poolSettings({});
    assert.deepEqual(
      [kind, minWorkers, maxWorkers, concurrency, graceMs],
      ['process', availableParallelism(), availableParallelism(), 64, 5_000],
    );
    assert.deepEqual(poolSettings({ workers: { min: 0, max: 3 } }).minWorkers, 0);
    assert.doesNotThrow(() => poolSettings({ kind: undefined } as never));
  });

  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ concurency: 3 }, /^Unknown option `concurency`; did you mean `concurrency`\?$/],
    [{ Workers: 3 }, /^Unknown option `Workers`; did you mean `workers`\?$/],
    [{ zzz: 3 }, /^Unknown option `zzz`; known are `kind`, `workers`, .*\.$/],
    [{ concurrency: 0 }, /^`concurrency` takes a whole number, 1 or more; it was given 0 \(number\)\.$/],
    [{ concurrency: '4' }, /^`concurrency` takes a whole number, 1 or more; it was given '4' \(string\)\.$/],
    [{ concurrency: 1.5 }, /given 1\.5/],
    [{ workers: 0 }, /^`workers` takes a whole number, 1 or more, or \{ min, max \}; it was given 0/],
    [{ workers: NaN }, /given NaN/],
    [{ workers: 100_000 }, /takes 1024 at the most/],
    [{ workers: { min: 3, max: 2 } }, /takes \{ min, max \} with 0 ≤ min ≤ max/],
    [{ workers: { min: 1, maxx: 2 } }, /Unknown option `maxx`; did you mean `max`\?/],
    [{ kind: 'fork' }, /^`kind` takes 'process', 'thread' or 'inline'; it was given 'fork' \(string\)\.$/],
    [{ graceMs: -1 }, /number of milliseconds/],
    [{ graceMs: 2 ** 31 }, /from 0 to 2147483647, or Infinity/],
    [{ env: { A: 1 } }, /object of strings/],
    [{ execArgv: '--flag' }, /array of strings/],
    [{ onOutput: 'stderr' }, /takes a function/],
    [{ name: 7 }, /takes a string/],
    [{ setup: increment }, /`setup` takes \{ task, args \}/],
    [{ setup: { task: increment, arg: [] } }, /Unknown option `arg`; did you mean `args`\?/],
    [{ teardown: { task: increment, args: 1 } }, /`teardown` takes \{ task, args \} with an array/],
  ];
  for (const [options, message] of wrong) {
    it(`are checked when the pool is made: ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => new Pool(options as PoolOptions),
        (error: unknown) => {
          assert.ok(error instanceof InvalidOptionError && error instanceof TypeError);
          assert.match(error.message, message);
          assert.equal(error.code, 'ERR_INVALID_OPTION');
          assert.ok(error.option.length > 0);
          return true;
        },
      );
    });
  }

  it('refuse a setup that is no task function, or whose arguments cannot cross', () => {
    assert.throws(() => new Pool({ setup: { task: (() => 1) as never } }), /`setup\.task` takes a task function/);
    assert.throws(() => new Pool({ setup: { task: increment, args: [() => 1] } }), NotSerializableError);
    assert.throws(
      () => new Pool({ setup: { task: increment, args: [new SharedArrayBuffer(1)] } }),
      NotSerializableError,
    );
    assert.throws(() => new Pool(null as never), /takes an object of options; it was given null/);
  });
});

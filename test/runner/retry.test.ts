// Whether there is another attempt, and when.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { InvalidOptionError } from '../../src/index.ts';
import { Retry, retryPolicy } from '../../src/runner/retry.ts';

const reason = new Error('why');

describe('a retry', () => {
  it('has three attempts, after any failure, and waits 100 ms and 200, half of it left to chance, unless told otherwise', () => {
    const least = new Retry({}, () => 1);
    const most = new Retry({}, () => 0);
    for (const kind of ['error', 'timeout', 'crash'] as const) {
      assert.deepEqual(
        [1, 2, 3, 4].map((attempt) => least.delayMs(attempt, kind, reason)),
        [50, 100, undefined, undefined],
      );
      assert.deepEqual(
        [1, 2, 3].map((attempt) => most.delayMs(attempt, kind, reason)),
        [100, 200, undefined],
      );
    }
  });

  it('never waits where it waits for nothing at first, however often it tries', () => {
    const retry = new Retry({ attempts: 5_000, backoff: { initialMs: 0, factor: 10 } });
    assert.deepEqual([retry.delayMs(1, 'error', reason), retry.delayMs(4_999, 'error', reason)], [0, 0]);
    assert.throws(() => retryPolicy({ backoff: { initialMs: Infinity } }), InvalidOptionError);
  });

  it('waits longer each time, up to the most', () => {
    const retry = new Retry({ attempts: 8, backoff: { initialMs: 10, factor: 3, maxMs: 300, jitter: 0 } });
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((attempt) => retry.delayMs(attempt, 'error', reason)),
      [10, 30, 90, 270, 300, 300],
    );
    assert.equal(new Retry({ attempts: 5_000 }).delayMs(4_000, 'error', reason) !== undefined, true);
  });

  it('leaves all of the wait to chance with `jitter: true`, and nothing with false', () => {
    const delay = (jitter: boolean, chance: number): number | undefined =>
      new Retry({ backoff: { jitter } }, () => chance).delayMs(1, 'error', reason);
    assert.deepEqual([delay(true, 1), delay(true, 0.25), delay(false, 1)], [0, 75, 100]);
  });

  it('is for the kinds that it names', () => {
    const retry = new Retry({ on: ['crash', 'timeout'] });
    assert.equal(retry.delayMs(1, 'error', reason), undefined);
    assert.ok(retry.delayMs(1, 'crash', reason) !== undefined);
  });

  it('asks its function only while there are attempts, and takes nothing but true for yes', () => {
    const asked: unknown[] = [];
    const on = (thrown: unknown): boolean => {
      asked.push(thrown);
      return Promise.resolve(true) as unknown as boolean;
    };
    const retry = new Retry({ attempts: 2, on });
    assert.equal(retry.delayMs(1, 'error', undefined), undefined);
    assert.equal(retry.delayMs(2, 'error', reason), undefined);
    assert.deepEqual(asked, [undefined]);
  });

  const wrong: [options: unknown, says: RegExp][] = [
    [{ attempts: 1.5 }, /^`attempts` takes a whole number, 1 or more; it was given 1\.5 \(number\)\.$/],
    [
      { on: 'crash' },
      /^`on` takes an array of 'error', 'timeout' and 'crash', or a function; it was given 'crash' \(string\)\.$/,
    ],
    [{ on: [] }, /^`on` takes at least one/],
    [{ backoff: { factor: 0.5 } }, /^`factor` takes a number, 1 or more/],
    [{ backoff: { initialMs: -1 } }, /^`initialMs` takes a number of milliseconds/],
    [{ backoff: { initalMs: 1 } }, /^Unknown option `initalMs`; did you mean `initialMs`\?$/],
    [{ backof: {} }, /^Unknown option `backof`; did you mean `backoff`\?$/],
  ];
  for (const [options, says] of wrong) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => retryPolicy(options as never),
        (error) => error instanceof InvalidOptionError && says.test(error.message),
      );
    });
  }
});

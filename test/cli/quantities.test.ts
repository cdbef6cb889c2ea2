// Times, sizes, rates and numbers of workers, as people write them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { backoff, duration, rate, size, wholeNumber, workerCount } from '../../src/cli/quantities.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const refused = (read: (written: string) => unknown, ...written: string[]): void => {
  for (const each of written) assert.throws(() => read(each), UsageError, `'${each}'`);
};

describe('a time', () => {
  it('has a unit, or is in seconds', () => {
    const times = ['500ms', '10s', '1.5m', '2h', '1d', '7', '0.25'];
    assert.deepEqual(times.map(duration), [500, 10_000, 90_000, 7_200_000, 86_400_000, 7_000, 250]);
  });

  it('is refused where it is none', () => refused(duration, '', '0', '-1s', '10 s', '5min', 's', '1e3', 'NaN'));
});

describe('a size', () => {
  it('has a unit of thousands or of 1,024s, or is in bytes', () => {
    const sizes = ['500MB', '1.5G', '64KiB', '2gib', '10 kb', '300', '300B', '1M'];
    assert.deepEqual(sizes.map(size), [500e6, 1.5e9, 65_536, 2 ** 31, 10e3, 300, 300, 1e6]);
  });

  it('is refused where it is none', () => refused(size, '', '0', '-5MB', '5TBs', 'MB', '5i'));
});

describe('a rate', () => {
  it('is so many within a time', () => {
    assert.deepEqual(['500/m', '10/s', '100/10s', '3/250ms'].map(rate), [
      { limit: 500, intervalMs: 60_000 },
      { limit: 10, intervalMs: 1_000 },
      { limit: 100, intervalMs: 10_000 },
      { limit: 3, intervalMs: 250 },
    ]);
  });

  it('is refused where it is none', () => refused(rate, '', '10', '0/s', '/s', '10/', '10/x', '1.5/s', '-1/s'));
});

describe('a wait between tries', () => {
  it('is from a first to a longest, or a first alone', () => {
    assert.deepEqual(['1s..1m', '500ms', '2m', '1..1'].map(backoff), [
      { initialMs: 1_000, maxMs: 60_000 },
      { initialMs: 500, maxMs: 30_000 },
      { initialMs: 120_000, maxMs: 120_000 },
      { initialMs: 1_000, maxMs: 1_000 },
    ]);
  });

  it('is refused where it is none', () => refused(backoff, '', '1m..1s', '1s..', '..1s', '1s..2s..3s', 'x'));
});

describe('a number of workers', () => {
  it('is a number, a share of the cores, or so many more or fewer', () => {
    const counts = ['3', '50%', '200%', '+2', '-1', '-9', '1%'].map((written) => workerCount(written, 4));
    assert.deepEqual(counts, [3, 2, 8, 6, 3, 1, 1]);
  });

  it('is refused where it is none', () => refused(workerCount, '', '0', '0%', '2.5', '+1%', 'all', '%'));
});

it('a whole number is refused where it is less, or none', () => {
  assert.equal(wholeNumber(0)('0'), 0);
  refused(wholeNumber(1), '0', '-1', '1.5', '', ' 3', '0x10', '1e3');
});

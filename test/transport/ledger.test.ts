import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fstatSync, readdirSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Ledger } from '../../src/transport/process/ledger.ts';
import { longestRun, type RunKey } from '../../src/wire/claims.ts';

const noter = fileURLToPath(new URL('../support/noter.ts', import.meta.url));

const run = (number: number, firstId: number, generation = 1): RunKey => ({ number, generation, firstId });

function newLedger(t: TestContext): Ledger {
  const ledger = Ledger.create();
  assert.ok(ledger, 'a ledger can be made here');
  t.after(() => ledger.close());
  return ledger;
}

describe('a ledger', () => {
  it('tells how many tasks of a run have begun', (t) => {
    const ledger = newLedger(t);
    assert.equal(ledger.begun(run(0, 1)), 0, 'at first none');
    assert.equal(ledger.note(run(0, 1), 4), true);
    assert.equal(ledger.note(run(7, 1_000_000_007), longestRun), true);
    assert.deepEqual([ledger.begun(run(0, 1)), ledger.begun(run(7, 1_000_000_007))], [4, longestRun]);
    ledger.note(run(0, 1), 8);
    assert.equal(ledger.begun(run(0, 1)), 8);
  });

  it('knows nothing of runs that were never noted, between others and behind them', (t) => {
    const ledger = newLedger(t);
    ledger.note(run(5, 10), 1);
    for (const number of [0, 4, 6, 9_999]) assert.equal(ledger.begun(run(number, 10)), 0);
    assert.equal(ledger.begun(run(4, 0, 0)), 0);
  });

  it('takes what was noted of an earlier run of the same number for nothing, also where it began with the same task', (t) => {
    const ledger = newLedger(t);
    ledger.note(run(3, 100), 50);
    assert.equal(ledger.begun(run(3, 200)), 0);
    assert.equal(ledger.begun(run(3, 100, 2)), 0);
    ledger.note(run(3, 200, 2), 1);
    assert.deepEqual([ledger.begun(run(3, 200, 2)), ledger.begun(run(3, 100)), ledger.begun(run(3, 200))], [1, 0, 0]);
  });

  it('tells runs apart however many tasks there have been', (t) => {
    const ledger = newLedger(t);
    const many = 2 ** 48;
    ledger.note(run(0, many, 15), 2);
    assert.equal(ledger.begun(run(0, many, 15)), 2);
    for (const other of [run(0, many - 1, 15), run(0, many + 1, 15), run(0, many, 14), run(0, many + 1, 0)])
      assert.equal(ledger.begun(other), 0);
  });

  it('says so where nothing can be noted', () => {
    assert.equal(new Ledger(2 ** 30).note(run(0, 1), 1), false);
  });

  it('is a file without a name, for nobody else', (t) => {
    const ledger = newLedger(t);
    const { nlink, mode } = fstatSync(ledger.fd);
    assert.deepEqual([nlink, mode & 0o777], [0, 0o600]);
    const ours = `polyloop-${process.pid}-`;
    assert.deepEqual(
      readdirSync('/dev/shm').filter((name) => name.startsWith(ours)),
      [],
    );
  });

  it('is there when the process that wrote it was killed', async (t) => {
    const ledger = newLedger(t);
    ledger.note(run(1, 11), 1);
    const child = spawn(process.execPath, [noter, '0,1,1,16', '1,2,17,3', `300,1,20,${longestRun}`], {
      stdio: ['ignore', 'pipe', 'inherit', ledger.fd],
    });
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    const [, signal] = (await once(child, 'exit')) as [unknown, string];
    assert.equal(signal, 'SIGKILL');
    const runs = [run(0, 1), run(1, 17, 2), run(1, 11), run(300, 20)];
    assert.deepEqual(
      runs.map((key) => ledger.begun(key)),
      [16, 3, 0, longestRun],
    );
  });
});

// The pool's decisions: functions without clock or await.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { WorkerStartError } from '../../src/errors.ts';
import { Breaker } from '../../src/pool/breaker.ts';
import { dispatch, type Candidate } from '../../src/pool/dispatch.ts';
import { workersToStart } from '../../src/pool/scale.ts';
import { seeded } from '../support/random.ts';

const open = (inFlight: number, allowance = 64 - inFlight): Candidate => ({
  isStarting: false,
  inFlight,
  room: 64 - inFlight,
  allowance,
});
const starting: Candidate = { isStarting: true, inFlight: 0, room: 64, allowance: 0 };
const silent: Candidate = { isStarting: false, inFlight: 0, room: 64, allowance: 0 };

describe('dispatch', () => {
  it('gives each worker one before any gets a second', () => {
    assert.deepEqual(dispatch(3, [open(0), open(0), open(0)]), [1, 1, 1]);
    assert.deepEqual(dispatch(4, [open(0), open(0), open(0)]), [2, 1, 1]);
  });

  it('gives to the one with the fewest in flight', () => {
    assert.deepEqual(dispatch(4, [open(5), open(2), open(4)]), [0, 3, 1]);
  });

  it('gives no worker more than its allowance', () => {
    assert.deepEqual(dispatch(100, [open(0, 4), open(3, 1)]), [4, 1]);
    assert.deepEqual(dispatch(100, [open(4, 0), open(4, 0)]), [0, 0]);
  });

  it('passes over workers that take nothing', () => {
    assert.deepEqual(dispatch(2, [silent, open(7)]), [0, 2]);
    assert.deepEqual(dispatch(2, []), []);
  });

  it('keeps the share of a worker that is starting, but lets no worker idle for it', () => {
    assert.deepEqual(dispatch(1, [starting, open(0)]), [0, 1]);
    assert.deepEqual(dispatch(10, [starting, open(0)]), [0, 5]);
    assert.deepEqual(dispatch(5, [starting, open(5)]), [0, 0]);
    assert.deepEqual(dispatch(5, [starting, open(1)]), [0, 2]);
  });

  it('measures the share of a worker that is starting by what all could have, not by what they may have now', () => {
    assert.deepEqual(dispatch(10, [starting, open(0, 2)]), [0, 2]);
    assert.deepEqual(dispatch(100, [starting, open(0, 60)]), [0, 50]);
    assert.deepEqual(dispatch(1_000, [starting, open(0, 1_000)]), [0, 64], 'no more than it could have');
    assert.deepEqual(dispatch(9, [starting, silent, open(0)]), [0, 0, 3]);
    assert.deepEqual(dispatch(1_000, [open(0, 1_000)]), [1_000], 'where none is starting, all it may have');
  });

  it('takes a worker that has more than it should for one that is full', () => {
    const over: Candidate = { isStarting: false, inFlight: 500, room: -436, allowance: 0 };
    assert.deepEqual(dispatch(10, [over, open(0)]), [0, 10]);
    assert.deepEqual(dispatch(10, [over, starting, open(0)]), [0, 0, 5]);
  });

  it('gives no more than waits and may be had, and one each before a second, whatever there is', () => {
    const random = seeded(5);
    for (let round = 0; round < 5_000; round++) {
      const candidates = Array.from({ length: random(6) }, (): Candidate => {
        const inFlight = random(20);
        const room = 16 - inFlight;
        const isStarting = random(8) === 0;
        return { isStarting, inFlight, room, allowance: isStarting || room <= 0 ? 0 : random(3) * random(12) };
      });
      const waiting = 1 + random(40);
      const counts = dispatch(waiting, candidates);
      const what = JSON.stringify({ waiting, candidates, counts });
      const given = counts.reduce((sum, count) => sum + count, 0);
      const most = candidates.reduce((sum, { allowance }) => sum + allowance, 0);
      assert.ok(given <= waiting, what);
      if (candidates.every(({ isStarting }) => !isStarting)) assert.equal(given, Math.min(waiting, most), what);
      for (const [at, one] of candidates.entries()) {
        const count = counts[at] ?? -1;
        assert.ok(Number.isInteger(count) && count >= 0 && count <= one.allowance, what);
        if (count === 0) continue;
        for (const [other, { inFlight, allowance, room, isStarting }] of candidates.entries()) {
          const has = counts[other] ?? 0;
          // One that could take another has no less than one that was given its last.
          const couldTake = isStarting ? Math.min(room, waiting) > 0 : has < Math.min(allowance, room);
          if (couldTake && !isStarting) assert.ok(one.inFlight + count <= inFlight + has + 1, what);
        }
      }
    }
  });
});

describe('workersToStart', () => {
  const load = { minWorkers: 2, maxWorkers: 8, perWorker: 10, live: 0, waiting: 1, room: 0 };

  it('starts the least there should be with the first task, and nothing before it', () => {
    assert.equal(workersToStart({ ...load, waiting: 0 }), 0);
    assert.equal(workersToStart(load), 2);
  });

  it('starts more only for work that would wait, and never more than the most', () => {
    assert.equal(workersToStart({ ...load, live: 2, room: 20, waiting: 20 }), 0);
    assert.equal(workersToStart({ ...load, live: 2, room: 20, waiting: 21 }), 1);
    assert.equal(workersToStart({ ...load, live: 2, room: 0, waiting: 1_000 }), 6);
  });

  it('replaces those that are gone', () => {
    assert.equal(workersToStart({ ...load, live: 1, room: 10 }), 1);
  });
});

describe('the breaker', () => {
  const error = new WorkerStartError('no', { id: 1, pid: 1, stderr: '' });

  it('forgives two deaths that say nothing, then opens', () => {
    const breaker = new Breaker();
    assert.deepEqual(
      [1, 2, 3].map((now) => breaker.failed(error, false, now)),
      [false, false, true],
    );
    assert.equal(breaker.isOpen(4), true);
  });

  it('forgives signals to the process group five times, and counts those together that came together', () => {
    const breaker = new Breaker();
    assert.equal(breaker.isInterruption('SIGKILL', 0, 1), false);
    assert.equal(breaker.isInterruption(null, 0, 1), false);
    // Three that started together are gone together.
    const deaths = [0, 0, 0, 10, 20, 30, 40, 50].map((startedAt) =>
      breaker.isInterruption('SIGTERM', startedAt, startedAt + 5),
    );
    assert.deepEqual(deaths, [true, true, true, true, true, true, true, false]);
    breaker.started();
    assert.equal(breaker.isInterruption('SIGHUP', 60, 61), true);
  });

  it('forgives workers that are signalled by turns no more often than those that are signalled together', () => {
    const breaker = new Breaker();
    // Two workers, each of which is started again while the other is about to die.
    let forgiven = 0;
    while (breaker.isInterruption('SIGTERM', 10 * forgiven - 6, 10 * forgiven + 5) && forgiven < 100) forgiven++;
    assert.ok(forgiven <= 10, `${forgiven} in a row`);
  });

  it('opens at once for a cause that is known', () => {
    const breaker = new Breaker();
    assert.equal(breaker.failed(error, true, 0), true);
    assert.equal(breaker.isOpen(1), true);
  });

  it('says why no worker is started, after how many failures, and until when', () => {
    const breaker = new Breaker();
    const cause = new RangeError('no database');
    const failure = new WorkerStartError(
      'Worker 7 could not start: no database',
      { id: 7, pid: 70, stderr: 'x' },
      { cause },
    );
    breaker.failed(failure, true, 0);
    breaker.failed(failure, true, 1_000);
    const refusal = breaker.refusal(1_100);
    assert.deepEqual(
      [refusal?.message, refusal?.workerId, refusal?.pid, refusal?.stderr, refusal?.cause],
      [
        'Worker 7 could not start: no database (The last 2 starts failed; no worker is started for another 300 ms)',
        7,
        70,
        'x',
        cause,
      ],
    );
  });

  it('lets one worker try after a pause that grows', () => {
    const breaker = new Breaker();
    breaker.failed(error, true, 0);
    assert.equal(breaker.isOpen(199), true);
    assert.equal(breaker.refusal(200), undefined);
    assert.equal(breaker.isProbing, true);
    breaker.failed(error, true, 200);
    assert.equal(breaker.isOpen(599), true);
    for (let n = 0; n < 50; n++) breaker.failed(error, true, 1_000);
    assert.equal(breaker.refusal(6_001), undefined);
  });

  it('closes when a worker has started', () => {
    const breaker = new Breaker();
    breaker.failed(error, true, 0);
    breaker.started();
    assert.equal(breaker.refusal(1), undefined);
    assert.equal(breaker.isProbing, false);
  });
});

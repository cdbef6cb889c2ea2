import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';

import { Claims, generations, longestRun, takeBack } from '../../src/wire/claims.ts';
import { lastRound, type Race } from '../support/claimer.ts';
import { until } from '../support/pools.ts';

describe('the claims of a run', () => {
  it('are had one after the other, until none is left', () => {
    const claims = Claims.ofRuns(3);
    assert.equal(claims.arrive(1, 1, 3), true);
    assert.equal(claims.claimed(1, 1), 0);
    assert.deepEqual([claims.claim(1), claims.claim(1), claims.claim(1)], [0, 1, 2]);
    assert.deepEqual([claims.claim(1), claims.claim(1)], [undefined, undefined]);
    assert.equal(claims.claimed(1, 1), 3);
    assert.equal(claims.takeBack(1, 1), 3, 'nothing can be taken back');
  });

  it('are taken back from the first that was not claimed', () => {
    const claims = Claims.ofRuns(1);
    claims.arrive(0, 1, 10);
    assert.deepEqual([claims.claim(0), claims.claim(0)], [0, 1]);
    assert.equal(claims.takeBack(0, 1), 2);
    assert.equal(claims.claim(0), undefined);
    assert.equal(claims.takeBack(0, 1), 2, 'once more is the same');
    assert.equal(claims.claimed(0, 1), 2);
  });

  it('are all taken back where none was claimed', () => {
    const claims = Claims.ofRuns(1);
    claims.arrive(0, 1, 4);
    assert.equal(claims.takeBack(0, 1), 0);
    assert.equal(claims.claim(0), undefined);
  });

  it('can be taken back before the run has arrived, which then has nothing to start', () => {
    const claims = Claims.ofRuns(1);
    claims.arrive(0, 1, 4);
    for (let left = 4; left > 0; left--) claims.claim(0);
    assert.equal(claims.takeBack(0, 2), 0);
    assert.equal(claims.arrive(0, 2, 4), false);
    assert.equal(claims.claim(0), undefined);
    assert.deepEqual([claims.claimed(0, 1), claims.claimed(0, 2)], [0, 0]);
    assert.equal(claims.arrive(0, 3, 1), true, 'the next one is not touched by it');
    assert.equal(claims.claim(0), 0);
  });

  it('begin anew with each run that has the number, however often, and leave other runs alone', () => {
    const claims = Claims.ofRuns(3);
    claims.arrive(0, 1, 2);
    claims.arrive(2, 1, 2);
    for (let round = 1; round <= 5 * generations; round++) {
      const generation = round % generations;
      assert.equal(claims.arrive(1, generation, 5), true);
      assert.deepEqual([claims.claim(1), claims.claim(1)], [0, 1]);
      assert.deepEqual([claims.claimed(1, generation), claims.claimed(1, (generation + 1) % generations)], [2, 0]);
      if (round % 3 > 0) assert.equal(claims.takeBack(1, generation), 2);
    }
    assert.deepEqual([claims.claim(0), claims.claim(2), claims.claim(0), claims.claim(0)], [0, 0, 1, undefined]);
  });

  it('have room for the longest run, in every generation', () => {
    const claims = Claims.ofRuns(1);
    for (let generation = 0; generation < generations; generation++) {
      // What a new worker's memory holds is generation 0, so that one is never the first.
      const next = (generation + 1) % generations;
      assert.equal(claims.arrive(0, next, longestRun), true);
      for (let place = 0; place < longestRun - 1; place++) assert.equal(claims.claim(0), place);
      assert.equal(claims.takeBack(0, next), longestRun - 1);
      assert.equal(claims.claim(0), undefined);
    }
  });

  it('are taken back alike by a thread that is given only the text of how it is done', () => {
    const alone = runInNewContext(`(${takeBack.toString()})`, { Atomics }) as typeof takeBack;
    for (const generation of [0, 7, 15]) {
      const claims = Claims.ofRuns(2);
      if (generation > 0) claims.arrive(1, generation, longestRun);
      const claimed = generation === 0 ? 0 : 3;
      for (let left = claimed; left > 0; left--) claims.claim(1);
      assert.equal(alone(claims.words, 1, generation), claimed);
      assert.equal(claims.claim(1), undefined);
      assert.equal(claims.claimed(1, generation), claimed);
    }
  });

  it('are had by exactly one of two threads that race for them', { timeout: 30_000 }, async (t) => {
    const runs = 1_000;
    const tasks = 48;
    const memory = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    const claims = Claims.ofRuns(runs);
    const claimed = new Uint8Array(memory(runs * tasks));
    const rounds = new Int32Array(memory(12));
    const at = new Int32Array(memory(4));
    const race: Race = { words: claims.words, claimed, tasks, rounds, at };
    const thread = new Worker(new URL('../support/claimer.ts', import.meta.url), { workerData: race });
    t.after(() => thread.terminate());
    await until(() => Atomics.load(rounds, 2) === 1, 'the thread has begun');
    let divided = 0;
    for (let round = 1; round <= 3 || divided < 200; round++) {
      claimed.fill(0);
      Atomics.store(at, 0, -1);
      Atomics.store(rounds, 0, round);
      Atomics.notify(rounds, 0);
      const firsts: number[] = [];
      for (let run = 0; run < runs; run++) {
        // The other is at this very run, or has passed it; or is nowhere near where one core does the work of both.
        for (let patience = 3_000; patience > 0 && Atomics.load(at, 0) < run; patience--);
        // Not always at its beginning.
        for (let pause = run % 97; pause > 0; pause--) Atomics.load(at, 0);
        firsts.push(claims.takeBack(run, round % generations));
      }
      while (Atomics.load(rounds, 1) < round) Atomics.wait(rounds, 1, round - 1, 1_000);
      for (const [run, first] of firsts.entries()) {
        for (let place = 0; place < tasks; place++) {
          const had = (claimed[run * tasks + place] ?? 0) + (place < first ? 0 : 1);
          if (had !== 1) assert.fail(`place ${place} of run ${run} in round ${round} was had ${had} times`);
        }
        if (first > 0 && first < tasks) divided++;
      }
    }
    Atomics.store(rounds, 0, lastRound);
    Atomics.notify(rounds, 0);
    await once(thread, 'exit');
  });
});

// The loop of a worker, with a pool that is played by the test.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { endKind, FULFILLED, GAVE_BACK, NONE_LEFT, PACKED, PLAIN, REJECTED, WAITS } from '../../src/wire/messages.ts';
import { firstId, generation, PlayedPool, runNumber } from '../support/played-pool.ts';
import { until, watch } from '../support/pools.ts';
import { heedsItsSignal } from '../tasks/cancellable.ts';
import {
  gated,
  inMicrotasks,
  leavesBehind,
  letEnd,
  mixed,
  plain,
  resetWatched,
  throwsOdd,
  watched,
} from '../tasks/watched.ts';

watch();
beforeEach(resetWatched);

const places = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

describe('a worker whose pool cannot read what it has started once it is dead', () => {
  it('notes what it is about to start, a sixteenth at a time', () => {
    const pool = new PlayedPool('notes', 64);
    pool.run(plain, 64);
    assert.deepEqual(
      pool.noted,
      Array.from({ length: 16 }, (_, slice) => ({ count: 4 * slice + 4, called: 4 * slice })),
    );
    assert.ok(pool.sent.every(({ type }) => type !== 'started'));
    assert.equal(pool.ended, 64);
  });

  it('says what it is about to start where that cannot be noted, and starts nothing before that has left', () => {
    const pool = new PlayedPool('messages', 4);
    pool.isBehind = true;
    pool.run(gated, 10);
    assert.deepEqual(pool.sent.at(-1), { type: 'started', run: runNumber, count: 4 });
    assert.deepEqual(watched.called, []);
    pool.hasSent();
    assert.deepEqual(watched.called, [0, 1, 2, 3]);
  });

  it('starts nothing of another run while its port is behind', () => {
    const pool = new PlayedPool('messages', 8);
    pool.isBehind = true;
    pool.run(plain, 3);
    pool.run(plain, 3, runNumber + 1);
    assert.deepEqual(watched.called, []);
    pool.hasSent();
    assert.deepEqual(watched.called, [0, 1, 2, 0, 1, 2]);
    assert.equal(pool.ended, 6);
  });

  it('starts at once where the message has left already, and says so of all of a run whose tasks end at once', () => {
    const pool = new PlayedPool('messages', 4);
    let saidFirst: unknown;
    watched.onCall = () => (saidFirst ??= structuredClone(pool.sent.at(-1)));
    pool.run(plain, 100);
    assert.deepEqual(saidFirst, { type: 'started', run: runNumber, count: 100 });
    assert.equal(watched.called.length, 100);
    assert.equal(pool.sent.filter(({ type }) => type === 'started').length, 1);
  });
});

for (const how of ['claims', 'notes', 'messages'] as const) {
  describe(`a worker's loop, over ${how}`, () => {
    it('does not start what was taken back', () => {
      const pool = new PlayedPool(how, 64);
      watched.onCall = (n) => {
        if (n === 3) assert.equal(pool.claims.takeBack(runNumber, generation), 4);
      };
      pool.run(plain, 50);
      assert.deepEqual(watched.called, [0, 1, 2, 3]);
      assert.deepEqual([...pool.outcomes.keys()], [0, 1, 2, 3]);
      assert.deepEqual(pool.reports, [[runNumber, 4, NONE_LEFT]]);
    });

    it('starts nothing of a run that was taken back before it came', () => {
      const pool = new PlayedPool(how, 64);
      pool.claims.takeBack(runNumber, generation);
      pool.run(plain, 50);
      assert.deepEqual(watched.called, []);
      assert.deepEqual(pool.reports, [[runNumber, 0, NONE_LEFT]]);
    });

    it('runs no more than its concurrency, and gives the rest back when the turn is over', async () => {
      const pool = new PlayedPool(how, 3);
      pool.run(gated, 10);
      assert.deepEqual(watched.called, [0, 1, 2]);
      assert.deepEqual(pool.reports, []);
      await nextTurn();
      await nextTurn();
      assert.deepEqual(pool.reports, [[runNumber, 3, GAVE_BACK]]);
      assert.equal(pool.claims.claim(runNumber), undefined, 'what was given back is not to be had here');
      pool.run(gated, 10, runNumber + 1);
      assert.equal(watched.called.length, 3, 'full');
      await nextTurn();
      await nextTurn();
      assert.deepEqual(pool.reports.at(-1), [runNumber + 1, 0, GAVE_BACK]);
      for (const n of [1, 0, 2]) letEnd(n);
      await pool.allEnded(3);
      assert.deepEqual([...pool.outcomes.keys()], [1, 0, 2]);
      assert.equal(watched.most, 3);
    });

    it('keeps what is for this worker and no other, until it may start', async () => {
      const pool = new PlayedPool(how, 2);
      pool.run(gated, 4, runNumber, true);
      await nextTurn();
      await nextTurn();
      assert.deepEqual(pool.reports, [[runNumber, 2, WAITS]]);
      for (const n of [0, 1]) letEnd(n);
      await until(() => watched.called.length === 4, 'the others have started');
      for (const n of [2, 3]) letEnd(n);
      await pool.allEnded(4);
      assert.deepEqual([watched.most, pool.reports.at(-1)], [2, [runNumber, 4, NONE_LEFT]]);
    });

    it('starts more within the turn as others end', async () => {
      const pool = new PlayedPool(how, 2);
      pool.run(gated, 5);
      letEnd(0);
      for (let left = 10; left > 0; left--) await Promise.resolve();
      assert.deepEqual(watched.called, [0, 1, 2]);
      await nextTurn();
      await nextTurn();
      assert.deepEqual(pool.reports, [[runNumber, 3, GAVE_BACK]]);
      for (const n of [1, 2]) letEnd(n);
      await pool.allEnded(3);
    });

    it('goes through more async tasks than its concurrency where they end in microtasks, and gives none back', async () => {
      const pool = new PlayedPool(how, 4);
      pool.run(inMicrotasks, 300);
      await pool.allEnded(300);
      assert.deepEqual(watched.called, places(300));
      assert.ok(watched.most <= 4, `${watched.most} ran at once`);
      assert.deepEqual(pool.reports, [[runNumber, 300, NONE_LEFT]]);
    });

    it('sends the outcomes of consecutive tasks as one range', () => {
      const pool = new PlayedPool(how, 4);
      pool.run(plain, 200);
      let next = 0;
      // One range a message: how many messages is a matter of time.
      for (const { ends, payload } of pool.turns) {
        if (ends.length === 0) continue;
        const [run, place, count, kind] = ends;
        assert.deepEqual([ends.length, run, place, kind], [4, runNumber, next, endKind(FULFILLED, PLAIN)]);
        assert.deepEqual(payload, places(200).slice(next, (next += count ?? 0)));
      }
      assert.equal(next, 200);
    });

    it('has an outcome of its own for each task, whatever its neighbours do', async () => {
      const pool = new PlayedPool(how, 8);
      pool.run(throwsOdd, 40);
      await pool.allEnded(40);
      const { outcomes } = pool;
      for (const place of places(40)) {
        const { kind, value } = outcomes.get(place) ?? {};
        if (place % 2 === 0) assert.deepEqual([kind, value], [endKind(FULFILLED, PLAIN), place]);
        else assert.equal(kind, endKind(REJECTED, PACKED));
      }
    });

    it('gives each of mixed tasks its own context, also after it has waited', async () => {
      const pool = new PlayedPool(how, 64);
      pool.run(mixed, 60);
      await pool.allEnded(60);
      for (const [place, { kind, value }] of pool.outcomes) {
        const id = firstId + place;
        if (place % 7 === 6) assert.match(JSON.stringify(value), new RegExp(`"${id}"`));
        else
          assert.deepEqual(
            [kind, value],
            [endKind(FULFILLED, PLAIN), Array.from({ length: place % 3 === 1 ? 5 : 1 }, () => id)],
          );
      }
    });

    it('shows what a task leaves behind no other task, where some of its function go on and some do not', async () => {
      const pool = new PlayedPool(how, 64);
      pool.run(leavesBehind, 90);
      await pool.allEnded(90);
      assert.deepEqual(watched.called, []);
    });

    it('does not call a task that was cancelled before it could start', async () => {
      const pool = new PlayedPool(how, 64);
      watched.onCall = (n) => {
        if (n === 1)
          pool.give({ type: 'cancel', run: runNumber, place: 5, count: 3, payload: [{ root: 'why', specials: [] }] });
      };
      pool.run(plain, 10);
      assert.deepEqual(watched.called, [0, 1, 2, 3, 4, 8, 9]);
      assert.equal(pool.outcomes.get(6)?.kind, endKind(REJECTED, PLAIN));
      assert.equal(pool.outcomes.size, 10);
    });

    it('says of a timed task whether it had been told to end before it ended', async () => {
      const pool = new PlayedPool(how, 64);
      pool.run(heedsItsSignal, 2, runNumber, false, { timed: true });
      await nextTurn();
      pool.give({ type: 'cancel', run: runNumber, place: 1, count: 1, payload: [{ root: 'why', specials: [] }] });
      await pool.allEnded(1);
      pool.run(plain, 1, runNumber + 1, false, { timed: true });
      await pool.allEnded(2);
      assert.deepEqual(
        pool.turns.flatMap(({ times }) => (times === undefined ? [] : [times[3]])),
        [1, 0],
      );
    });
  });
}

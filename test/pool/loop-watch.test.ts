// Whether a loop comes back, told from when somebody looked. The clock is the test's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { LoopWatch } from '../../src/pool/loop-watch.ts';

const busy = true;
const idle = false;

describe('the watch over a loop', () => {
  it('asks a worker that has tasks and has said nothing since the last look, once', () => {
    const watch = new LoopWatch();
    assert.equal(watch.look(100, busy, undefined), true);
    assert.equal(watch.look(200, busy, undefined), false, 'it owes an answer already');
    assert.equal(watch.look(300, busy, undefined), false);
  });

  it('asks no worker that has nothing to do', () => {
    const watch = new LoopWatch();
    assert.equal(watch.look(100, idle, undefined), false);
    assert.equal(watch.heldMs(5_000), 0);
    assert.equal(watch.look(200, busy, undefined), true, 'but as soon as it has');
  });

  it('asks no worker that has spoken, whatever it said, and asks it at the look after that', () => {
    const watch = new LoopWatch();
    watch.hasSpoken = true;
    assert.equal(watch.look(100, busy, undefined), false);
    assert.equal(watch.hasSpoken, false);
    assert.equal(watch.look(200, busy, undefined), true);
  });

  it('counts how long a loop has been held from the look at which it was asked', () => {
    const watch = new LoopWatch();
    assert.equal(watch.heldMs(100), 0);
    watch.look(100, busy, undefined);
    assert.deepEqual([watch.heldMs(100), watch.heldMs(350)], [0, 250]);
    watch.look(400, busy, undefined);
    assert.equal(watch.heldMs(1_100), 1_000, 'a second look does not begin anew');
  });

  it('counts from when it was given what it is silent about, where that was earlier', () => {
    const watch = new LoopWatch();
    watch.look(100, busy, 40);
    assert.equal(watch.heldMs(140), 100);
    const later = new LoopWatch();
    later.look(100, busy, 130);
    assert.equal(later.heldMs(150), 50, 'and never from what is still to come');
  });

  it('takes any message for the answer, at once', () => {
    const watch = new LoopWatch();
    watch.look(100, busy, undefined);
    assert.equal(watch.heldMs(900), 800);
    watch.hasSpoken = true;
    assert.equal(watch.heldMs(901), 0);
    assert.equal(watch.look(1_000, busy, undefined), false);
    assert.equal(watch.heldMs(1_500), 0);
  });

  it('begins to count anew for a loop that is held again', () => {
    const watch = new LoopWatch();
    watch.look(100, busy, undefined);
    watch.hasSpoken = true;
    watch.look(200, busy, undefined);
    assert.equal(watch.look(300, busy, undefined), true);
    assert.equal(watch.heldMs(360), 60);
  });

  it('waits for the answer of a worker whose tasks have ended meanwhile, for its loop may still be held', () => {
    const watch = new LoopWatch();
    watch.look(100, busy, undefined);
    assert.equal(watch.look(200, idle, undefined), false);
    assert.equal(watch.heldMs(300), 200);
  });
});

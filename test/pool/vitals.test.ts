// What a pool knows of how a worker is, at any moment. The clock is the test's, and so is the worker.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Vitals } from '../../src/pool/vitals.ts';

/** A worker whose loop is at work for this part of the time, from its beginning on. */
class Played {
  readonly vitals = new Vitals();
  now = 0;
  #activeMs = 0;
  #idleMs = 0;

  /** Time goes on, with a look of the pool at its end. */
  live(ms: number, busy: number, lagMs = 0): void {
    this.now += ms;
    this.#activeMs += ms * busy;
    this.#idleMs += ms * (1 - busy);
    if (this.vitals.look(this.now)) this.say(lagMs);
  }

  /** So many looks, a quarter of a second apart. */
  liveOn(looks: number, busy: number): void {
    for (let look = 0; look < looks; look++) this.live(250, busy);
  }

  /** The loop does not come back: who asks gets no answer. */
  holdOn(looks: number): void {
    for (let look = 0; look < looks; look++) {
      this.now += 250;
      this.#activeMs += 250;
      this.vitals.look(this.now);
    }
  }

  say(lagMs = 0): void {
    this.vitals.hear({ type: 'pong', rssBytes: 7, activeMs: this.#activeMs, idleMs: this.#idleMs, lagMs }, this.now);
  }

  get busy(): number {
    return Math.round(this.vitals.utilization(this.now) * 100);
  }

  get lagMs(): number {
    return this.vitals.lagMs(this.now);
  }
}

describe('what is known of a worker', () => {
  it('is nothing before it has spoken twice', () => {
    const worker = new Played();
    assert.deepEqual([worker.busy, worker.lagMs, worker.vitals.rssBytes], [0, 0, 0]);
    worker.live(250, 1);
    assert.deepEqual([worker.busy, worker.lagMs, worker.vitals.rssBytes], [0, 0, 7]);
  });

  it('is of the last second, however often it is asked for and whatever moment it says it at', () => {
    const worker = new Played();
    worker.liveOn(8, 0.1);
    for (let asked = 0; asked < 5; asked++) assert.equal(worker.busy, 10);
    // An answer to another question comes a moment after the one before.
    worker.live(2, 1);
    worker.say();
    assert.equal(worker.busy, 10);
    worker.liveOn(2, 0.9);
    assert.equal(worker.busy, 50);
    worker.liveOn(3, 0.9);
    assert.equal(worker.busy, 90);
  });

  it('is that it is at work while it is held', () => {
    const worker = new Played();
    worker.liveOn(8, 0);
    worker.holdOn(3);
    assert.deepEqual([worker.busy, worker.lagMs], [50, 500]);
    worker.holdOn(3);
    assert.deepEqual([worker.busy, worker.lagMs], [100, 1_250]);
    worker.say(1_500);
    assert.deepEqual([worker.busy, worker.lagMs], [100, 1_500]);
    worker.liveOn(6, 0);
    assert.deepEqual([worker.busy, worker.lagMs], [0, 0]);
  });

  it('is the greatest lag of the last second to each who asks, and of no longer', () => {
    const worker = new Played();
    worker.liveOn(4, 0);
    worker.live(250, 1, 400);
    for (let look = 0; look < 4; look++) {
      worker.liveOn(1, 0);
      assert.deepEqual([worker.lagMs, worker.lagMs], [400, 400]);
    }
    worker.liveOn(2, 0);
    assert.equal(worker.lagMs, 0);
  });

  it('is nothing where it had nothing to do for a while, and begins anew then', () => {
    const worker = new Played();
    worker.liveOn(8, 1);
    worker.now += 60_000;
    assert.deepEqual([worker.busy, worker.lagMs], [0, 0]);
    worker.liveOn(1, 0.5);
    assert.equal(worker.busy, 0);
    worker.liveOn(2, 0.5);
    assert.equal(worker.busy, 50);
  });

  it('is nothing more than it says: a clock that goes back is no share', () => {
    const vitals = new Vitals();
    vitals.hear({ type: 'pong', rssBytes: 1, activeMs: 500, idleMs: 500, lagMs: 0 }, 0);
    vitals.hear({ type: 'pong', rssBytes: 1, activeMs: 0, idleMs: 1_000, lagMs: 0 }, 500);
    vitals.hear({ type: 'pong', rssBytes: 1, activeMs: 0, idleMs: 10, lagMs: 0 }, 1_000);
    assert.equal(vitals.utilization(1_000), 0);
  });
});

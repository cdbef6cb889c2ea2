// A worker that must go. The clock is the test's.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import { Departure } from '../../src/transport/departure.ts';

const graceMs = 300;

function departureOf(t: TestContext, ms = graceMs): { departure: Departure; kills: () => number } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let kills = 0;
  const { setTimeout, clearTimeout } = globalThis;
  return { departure: new Departure(() => kills++, ms, { setTimeout, clearTimeout }), kills: () => kills };
}

describe('a departure', () => {
  it('ends a worker at once where it said what is no message, and knows why', (t) => {
    const { departure, kills } = departureOf(t);
    assert.equal(departure.error, undefined);
    const reason = new Error('no message');
    departure.end(reason);
    assert.deepEqual([kills(), departure.error], [1, reason]);
  });

  it('keeps to the first reason', (t) => {
    const { departure } = departureOf(t);
    const first = new Error('first');
    departure.end(first);
    departure.end(new Error('second'));
    departure.expect('it closed something');
    t.mock.timers.tick(graceMs);
    assert.equal(departure.error, first);
  });

  it('gives a worker the grace to be gone, and ends it when it is not', (t) => {
    const { departure, kills } = departureOf(t);
    departure.expect('its channel was closed');
    t.mock.timers.tick(graceMs - 1);
    assert.deepEqual([kills(), departure.error], [0, undefined]);
    t.mock.timers.tick(1);
    assert.equal(kills(), 1);
    assert.ok(departure.error instanceof Error);
    assert.equal(departure.error.message, 'its channel was closed while it was running; only polyloop may use that');
  });

  it('waits a minute at the most, where the grace has no end', (t) => {
    const { departure, kills } = departureOf(t, Infinity);
    departure.expect('its channel was closed');
    t.mock.timers.tick(59_999);
    assert.equal(kills(), 0);
    t.mock.timers.tick(1);
    assert.equal(kills(), 1);
  });

  it('blames no worker that is gone in time', (t) => {
    const { departure, kills } = departureOf(t);
    departure.expect('its channel was closed');
    t.mock.timers.tick(graceMs - 1);
    departure.over();
    t.mock.timers.tick(10 * graceMs);
    assert.deepEqual([kills(), departure.error], [0, undefined]);
  });

  it('expects nothing of a worker that is gone already', (t) => {
    const { departure, kills } = departureOf(t);
    departure.over();
    departure.expect('its channel was closed');
    t.mock.timers.tick(10 * graceMs);
    assert.deepEqual([kills(), departure.error], [0, undefined]);
  });

  it('counts from the first of several signs, and tells that one', (t) => {
    const { departure, kills } = departureOf(t);
    departure.expect('its channel was closed');
    t.mock.timers.tick(graceMs - 100);
    departure.expect('its lifeline was closed');
    t.mock.timers.tick(100);
    assert.equal(kills(), 1);
    assert.match(String(departure.error), /its channel was closed/);
    t.mock.timers.tick(10 * graceMs);
    assert.equal(kills(), 1, 'once');
  });
});

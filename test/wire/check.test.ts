// What a worker can say, and what only looks like it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkBatch } from '../../src/wire/check.ts';
import { PlayedPool, runNumber } from '../support/played-pool.ts';
import { until } from '../support/pools.ts';
import { mixed, plain, throwsOdd } from '../tasks/watched.ts';

/** As a worker sends it. */
const fine: unknown[] = [
  { type: 'settingUp' },
  { type: 'ready' },
  { type: 'pong', rssBytes: 1e8, activeMs: 5, idleMs: 20.5, lagMs: 0 },
  { type: 'started', run: 3, count: 8 },
  { type: 'said', run: 3, place: 0, how: 'yield', payload: [1, 2], forms: [0, 1], waits: true },
  { type: 'said', run: 3, place: 0, how: 'report', payload: [1] },
  { type: 'want', run: 3, place: 0, channel: 1, count: 1_024 },
  { type: 'want', run: 3, place: 0, channel: 0, count: 0 },
  { type: 'turn', ends: [], reports: [], payload: [] },
  { type: 'turn', ends: [0, 0, 2, 0, 5, 7, 1, 3], reports: [0, 2, 0, 0.25, -0.01], payload: [1, 2, { root: {} }] },
  { type: 'turn', ends: [0, 0, 1, 0], reports: [], payload: [], apart: true, payloadError: new Error('deep') },
  { type: 'dying', payload: [{}] },
  { type: 'startFailed', payload: [{}] },
  { type: 'stopped' },
];

const turn = { type: 'turn', ends: [0, 0, 1, 0], reports: [0, 1, 0, 0, 0], payload: [1] };

const nonsense: [what: unknown, says: RegExp][] = [
  ['text', /no list of messages \("text"\)/],
  [{ type: 'ready' }, /no list of messages/],
  [null, /no list of messages/],
  [[null], /no message \(null\)/],
  [[7], /no message \(7\)/],
  [[{}], /unknown type/],
  [[{ type: 'run' }], /unknown type \("run"\)/],
  [[{ type: '__proto__' }], /unknown type \("__proto__"\)/],
  [[{ type: 'constructor' }], /unknown type/],
  [[{ type: ['turn'] }], /unknown type/],
  [[{ type: 'ready', payload: 1 }], /payload that is no list \(1\)/],
  [[{ type: 'dying', payload: { length: 1 } }], /payload that is no list/],
  [[{ type: 'started', run: -1, count: 1 }], /no run/],
  [[{ type: 'started', run: 1.5, count: 1 }], /no run/],
  [[{ type: 'started', run: 1 }], /no run/],
  [[{ type: 'said', run: 1, place: -1, how: 'yield' }], /no task/],
  [[{ type: 'said', run: 1, place: 0, how: 'shout' }], /words of no kind \("shout"\)/],
  [[{ type: 'said', run: 1, place: 0, how: 'yield', payload: [1], forms: [0, 0] }], /forms of values that are none/],
  [[{ type: 'want', run: 1, place: -1, channel: 1, count: 1 }], /a demand of something that is no task/],
  [[{ type: 'want', run: 1, place: 0, channel: 'a', count: 1 }], /a demand of something that is no task/],
  [[{ type: 'want', run: 1, place: 0, channel: 1, count: 1e6 }], /a demand for more than there can be \(1000000\)/],
  [[{ type: 'pong' }], /an answer that is none/],
  [[{ type: 'pong', rssBytes: 5, activeMs: NaN, idleMs: 1, lagMs: 1 }], /an answer that is none/],
  [[{ type: 'pong', rssBytes: 5, activeMs: 1, idleMs: 1, lagMs: -1 }], /an answer that is none/],
  [[{ type: 'turn' }], /outcomes that are none/],
  [[{ ...turn, ends: [1, 2, 3] }], /outcomes that are none/],
  [[{ ...turn, ends: 'four' }], /outcomes that are none/],
  [[{ ...turn, ends: [0, 0, -1, 0] }], /an outcome that is none/],
  [[{ ...turn, ends: [0, 0, NaN, 0] }], /an outcome that is none/],
  [[{ ...turn, ends: [0, 0, 1, 8] }], /an outcome that is none/],
  [[{ ...turn, ends: [0, 0, 1, '0'] }], /an outcome that is none/],
  [[{ ...turn, ends: [2 ** 60, 0, 1, 0] }], /an outcome that is none/],
  [[{ ...turn, ends: [0, 0, 1e9, 0] }], /1 values for 1000000000 outcomes/],
  [[{ ...turn, payload: [] }], /0 values for 1 outcomes/],
  [[{ ...turn, reports: [0, 1, 0, 0] }], /reports that are none/],
  [[{ ...turn, reports: [0, 1, 3, 0, 0] }], /a report that is none/],
  [[{ ...turn, reports: [0, 1, 0, NaN, 0] }], /a report that is none/],
  [[{ ...turn, reports: [0, 1, 0, 0, Infinity] }], /a report that is none/],
  [[{ ...turn, reports: [0, -1, 0, 0, 0] }], /a report that is none/],
];

describe('what a worker sends', () => {
  it('is taken where a worker can say it', () => {
    checkBatch([]);
    for (const message of fine) checkBatch([message]);
    checkBatch(fine);
  });

  for (const how of ['claims', 'notes', 'messages'] as const) {
    it(`is taken where a worker does say it, one whose pool is told by ${how}`, async () => {
      const pool = new PlayedPool(how, 8);
      pool.run(plain, 40);
      pool.run(throwsOdd, 20, runNumber + 1);
      pool.run(mixed, 20, runNumber + 2);
      pool.give({ type: 'ping' });
      await until(() => pool.reports.length >= 3 && pool.sent.some(({ type }) => type === 'pong'), 'it has reported');
      pool.give({ type: 'stop' });
      await until(() => pool.sent.some(({ type }) => type === 'stopped'), 'it has stopped');
      checkBatch(pool.sent);
      const said = new Set(pool.sent.map(({ type }) => type));
      for (const type of ['ready', 'turn', 'pong', 'stopped'] as const) assert.ok(said.has(type), type);
      assert.equal(said.has('started'), how === 'messages');
    });
  }

  for (const [what, says] of nonsense) {
    it(`is refused where it is ${JSON.stringify(what)}`, () => {
      assert.throws(
        () => checkBatch(what),
        (error) =>
          error instanceof Error && error.message.endsWith('where only polyloop may write') && says.test(error.message),
      );
      // One bad message is enough.
      if (Array.isArray(what)) assert.throws(() => checkBatch([...fine, ...(what as unknown[])]));
    });
  }
});

// What a pool can send, and what only looks like it: a worker that is sent that says so and ends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CallerModules } from '../../src/pool/caller-modules.ts';
import { checkOrders } from '../../src/wire/check-orders.ts';
import { Claims } from '../../src/wire/claims.ts';
import { unreadableCode, type ToPool } from '../../src/wire/messages.ts';
import { whenUnpacked } from '../../src/wire/unpack.ts';
import { TaskWorker } from '../../src/worker/task-worker.ts';

const run = {
  type: 'run',
  run: 3,
  generation: 1,
  fn: 0,
  attempt: 1,
  arity: 1,
  stays: false,
  count: 2,
  ids: 7,
  sentAt: 1.5,
  payload: [1, 2],
};

const fine: unknown[] = [
  { type: 'start', worker: 1, kind: 'thread', depth: 1, concurrency: 64, forms: [0, 0], payload: [undefined] },
  { type: 'define', fn: 0, url: 'file:///a.ts', name: 'a' },
  run,
  { ...run, ids: [4, 9], forms: [1] },
  { ...run, payload: [], payloadError: new Error('deep') },
  { type: 'cancel', run: 3, place: 0, count: 2, payload: [{}] },
  { type: 'abandon', run: 3, place: 0, count: 2 },
  { type: 'more', run: 3, place: 0, count: 100_000, of: 'report' },
  { type: 'feed', run: 3, place: 0, channel: 1, payload: [1, {}], forms: [0, 1] },
  { type: 'feed', run: 3, place: 0, channel: 0, payload: [{}], end: 'failed' },
  { type: 'feed', run: 3, place: 0, channel: 2, payload: [], end: 'done' },
  { type: 'ping' },
  { type: 'stop' },
];

const nonsense: unknown[] = [
  'an array',
  null,
  { type: 'ping' },
  [null],
  ['ping'],
  [{}],
  [{ type: 'turn' }],
  [{ type: 'toString' }],
  [{ type: 'ping', payload: 1 }],
  [{ ...run, run: -1 }],
  [{ ...run, generation: 16 }],
  [{ ...run, count: 0 }],
  [{ ...run, count: 3 }],
  [{ ...run, count: 2 ** 14, payload: Array(2 ** 14) }],
  [{ ...run, ids: [1] }],
  [{ ...run, ids: 'one' }],
  [{ ...run, forms: 'x' }],
  [{ ...run, sentAt: NaN }],
  [{ ...run, payload: undefined }],
  [{ type: 'define', fn: 0, url: 7, name: 'a' }],
  [{ type: 'cancel', run: 3, place: 0, count: 1e9 }],
  [{ type: 'more', run: 3, place: 0, count: 1, of: 'else' }],
  [{ type: 'feed', run: 3, place: 0, channel: -1, payload: [1] }],
  [{ type: 'feed', run: 3, place: 0, channel: 1, payload: [1], end: 'over' }],
  [{ type: 'feed', run: 3, place: 0, channel: 1, payload: [], end: 'failed' }],
  [{ type: 'feed', run: 3, place: 0, channel: 1, payload: [1], forms: 1 }],
  [{ type: 'start', worker: 1 }],
];

function playedWorker(): { worker: TaskWorker; sent: ToPool[]; ends: (number | undefined)[] } {
  const sent: ToPool[] = [];
  const ends: (number | undefined)[] = [];
  const worker = new TaskWorker({
    send: (batch) => void sent.push(...batch),
    sharesMemory: false,
    mostBytes: Infinity,
    claims: Claims.ofRuns(8),
    claimsOutliveIt: true,
    note: () => true,
    output: undefined,
    isBehind: false,
    whenSent: (then) => then(),
    end: (exitCode) => void ends.push(exitCode),
  });
  return { worker, sent, ends };
}

describe('a worker', () => {
  for (const message of fine) {
    it(`takes ${JSON.stringify(message)}`, () => checkOrders([structuredClone(message)]));
  }

  for (const batch of nonsense) {
    it(`that is sent ${JSON.stringify(batch)?.slice(0, 80)} says so and ends, instead of dropping it`, () => {
      const { worker, sent, ends } = playedWorker();
      worker.receive(structuredClone(batch));
      assert.deepEqual(
        sent.map(({ type }) => type),
        ['dying'],
      );
      whenUnpacked(sent[0]?.payload?.[0], 'error', new CallerModules([], 1_000), (error) => {
        assert.match((error as Error).message, /^what its pool sent cannot be read \(/);
        assert.equal((error as { code?: unknown }).code, unreadableCode);
      });
      assert.deepEqual(ends, [1]);
    });
  }

  it('does not take for its own what every object of the program inherits', () => {
    const batch = [structuredClone(run)];
    checkOrders(batch);
    assert.equal(Object.getPrototypeOf(batch[0]), null);
  });
});

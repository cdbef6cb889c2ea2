// What is thrown always says what it was, whatever it was. The same over every transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { WorkerStartError } from '../../../src/index.ts';
import { kinds, makePool, rejection, rejectionOf, sharedPool, watch } from '../../support/pools.ts';
import { echo } from '../../tasks/basic.ts';
import { rejectWithThing, setUpWithThing, things, throwThing } from '../../tasks/thrown.ts';

watch();

type Thrown = Error & Record<string, unknown>;

/** What each arrives as: an error that says this, and more. */
const errors: Record<string, [message: string, check?: (error: Thrown) => void]> = {
  event: ['a thrown Event (type: open', (error) => assert.equal(error['type'], 'open')],
  errorEvent: [
    'a thrown ErrorEvent: connection refused',
    ({ cause, error, type }) => {
      assert.ok(cause instanceof TypeError && cause === error);
      assert.equal((cause as NodeJS.ErrnoException).code, 'ECONN');
      assert.equal(type, 'error');
    },
  ],
  response: ['a thrown Response (', ({ status, message }) => assert.ok(status === 410 && message.includes('Gone'))],
  instance: [
    'a thrown HttpFailure: unavailable',
    ({ status, socket }) => assert.ok(status === 503 && /^\[\w+\]$/.test(String(socket))),
  ],
  private: ['a thrown Closed: going away', (error) => assert.equal(error['reason'], 'going away')],
  marker: ['a thrown Marker'],
  promise: ['a thrown Promise'],
  module: ['a thrown URLSearchParams'],
};

/** What arrives as it is, or as its text. */
const others: Record<string, (thrown: unknown) => void> = {
  map(thrown) {
    assert.ok(thrown instanceof Map);
    assert.match(String(thrown.get(1)), /^\[\w+\]$/);
  },
  function: (thrown) => assert.equal(thrown, '[Function: onDone]'),
  symbol: (thrown) => assert.equal(thrown, 'Symbol(gone)'),
  revoked: (thrown) => assert.match(String(thrown), /unreadable/),
};

assert.deepEqual([...Object.keys(errors), ...Object.keys(others)].toSorted(), Object.keys(things).toSorted());

for (const kind of kinds) {
  describe(`what is thrown and is no error, over ${kind}`, () => {
    const shared = sharedPool({ kind, workers: 1 });

    for (const [name, [message, check]] of Object.entries(errors)) {
      it(`arrives as an error that says what it was: ${name}`, async () => {
        async function theCaller(fn: typeof throwThing | typeof rejectWithThing): Promise<void> {
          await shared().run(fn, name);
        }
        const tasks = name === 'promise' ? [throwThing] : [throwThing, rejectWithThing];
        for (const fn of tasks) {
          const error = (await rejection(theCaller(fn))) as Thrown;
          assert.ok(error instanceof Error);
          assert.ok(error.message.startsWith(message), error.message);
          assert.match(error.stack ?? '', /^Error: a thrown .*\n *at async theCaller .*submitted from/);
          check?.(error);
        }
      });
    }

    for (const [name, check] of Object.entries(others)) {
      it(`arrives as what it shows: ${name}`, async () => {
        check(await rejection(shared().run(throwThing, name)));
      });
    }

    it('says what it was where it is thrown by setup', async (t) => {
      const pool = makePool(t, { kind, workers: 1, setup: { task: setUpWithThing, args: ['errorEvent'] } });
      const error = await rejectionOf(WorkerStartError, pool.run(echo, 1));
      assert.match(error.message, /a thrown ErrorEvent: connection refused/);
    });
  });
}

// What is thrown always says what it was, whatever it was. The same over every transport.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { QueueFullError, WorkerStartError } from '../../../src/index.ts';
import { kinds, makePool, rejection, rejectionOf, sharedPool, until, watch } from '../../support/pools.ts';
import { echo } from '../../tasks/basic.ts';
import {
  rejectWithThing,
  setUpWithThing,
  tellReason,
  things,
  throwForThing,
  throwOfCopy,
  throwThing,
} from '../../tasks/thrown.ts';

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

/** Another copy of polyloop, as a linked package or a monorepo has it. */
const copy = mkdtempSync(join(tmpdir(), 'polyloop-copy-'));
cpSync(new URL('../../../src', import.meta.url), copy, { recursive: true });
writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
after(() => rmSync(copy, { recursive: true }));

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

    it('says what it was where it is the cause of an error', async () => {
      for (const name of ['event', 'errorEvent', 'response', 'promise'] as const) {
        const error = await rejectionOf(AggregateError, shared().run(throwForThing, name));
        for (const cause of [error.cause, error.errors[0]] as Thrown[])
          assert.ok(cause instanceof Error && cause.message.startsWith(errors[name]?.[0] ?? ''), String(cause));
      }
    });

    it('says what it was where it is the reason of an abort', async () => {
      const controller = new AbortController();
      const file = join(copy, `reason-${kind}`);
      const reports: unknown[] = [];
      const ended = rejection(
        shared()
          .with({ signal: controller.signal, onReport: (value) => reports.push(value) })
          .run(tellReason, file),
      );
      await until(() => reports.length === 1, 'it waits');
      const reason = new Event('unload');
      controller.abort(reason);
      assert.equal(await ended, reason);
      assert.match(readFileSync(file, 'utf8'), /^Error: an abort reason, Event \(type: unload/);
    });

    it('is known for one of polyloop’s errors, also where another copy of it threw', async () => {
      const error = await rejectionOf(QueueFullError, shared().run(throwOfCopy, copy));
      assert.deepEqual([error.code, error.maxQueue, error.name], ['ERR_QUEUE_FULL', 7, 'QueueFullError']);
    });

    it('says what it was where it is thrown by setup', async (t) => {
      const pool = makePool(t, { kind, workers: 1, setup: { task: setUpWithThing, args: ['errorEvent'] } });
      const error = await rejectionOf(WorkerStartError, pool.run(echo, 1));
      assert.match(error.message, /a thrown ErrorEvent: connection refused/);
    });
  });
}

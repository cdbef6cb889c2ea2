// What is larger than one message can be fails its own task before anything is sent; many that are large together are sent apart.
// LARGE=1 tries it with gigabytes that are there (`npm run large`).
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { NotSerializableError, Pool, type TaskCall } from '../../src/index.ts';
import { makePool, rejectionOf, watch } from '../support/pools.ts';
import { increment } from '../tasks/basic.ts';
import {
  giveLarge,
  readEach,
  reasonOf,
  reasonOfArgument,
  relay,
  reportLarge,
  restore,
  sizeOf,
  text,
  throwLarge,
  yieldLarge,
} from '../tasks/large.ts';

const isLarge = process.env['LARGE'] !== undefined;
watch(isLarge ? 300_000 : 60_000);

/** Zeros that nobody has touched take no memory. */
const tooMuch = 2.2e9;

async function assertAlone(pool: Pool, refused: Promise<unknown>, path: string): Promise<void> {
  const neighbours = [1, 2, 3].map((n) => pool.run(increment, n));
  const error = await rejectionOf(NotSerializableError, refused);
  assert.equal(error.path, path);
  assert.match(error.message, /it is at least 2200000000 bytes.*holds 2147483647\. Send it in parts/s);
  assert.deepEqual(await Promise.all(neighbours), [2, 3, 4]);
  assert.equal(pool.stats().workers[0]?.id, 1, 'the worker was not replaced');
}

it('an argument, a result, a yielded value and a report of more than two gigabytes fail their own task', async (t) => {
  const pool = makePool(t, { workers: 1 });
  await assertAlone(pool, pool.run(sizeOf, { data: new ArrayBuffer(tooMuch) }), 'args[0].data');
  await assertAlone(pool, pool.map(sizeOf, [{ data: new ArrayBuffer(tooMuch) }]).toArray(), 'args[0].data');
  await assertAlone(pool, pool.run(giveLarge, tooMuch), 'result.rows[1].data');
  await assertAlone(pool, Array.fromAsync(pool.stream(yieldLarge, tooMuch)), 'yielded.data');
  await assertAlone(pool, pool.with({ onReport: () => {} }).run(reportLarge, tooMuch), 'report.data');
});

it('an error, and the reason of an abort, to which more than two gigabytes hang, arrive in short', async (t) => {
  const pool = makePool(t, { workers: 1 });
  await assert.rejects(pool.run(throwLarge, tooMuch), { name: 'RangeError', message: 'with much' });
  const reason = Object.assign(new Error('told'), { data: new ArrayBuffer(tooMuch) });
  const controller = new AbortController();
  const told = pool.with({ signal: controller.signal }).run(reasonOf);
  await pool.run(increment, 1);
  controller.abort(reason);
  assert.equal(await rejectionOf(Error, told), reason);
  assert.equal(await pool.run(increment, 1), 2);
  assert.equal(pool.stats().workers[0]?.id, 1);
});

it('the arguments of setup and teardown of more than two gigabytes are refused where the pool is made', () => {
  const call = (bytes: number): TaskCall => ({ task: sizeOf as never, args: [{ data: new ArrayBuffer(bytes) }] });
  assert.throws(() => new Pool({ setup: call(tooMuch) }), NotSerializableError);
  assert.throws(() => new Pool({ teardown: call(tooMuch) }), NotSerializableError);
  // One message brings both to the worker.
  assert.throws(() => new Pool({ setup: call(tooMuch / 2), teardown: call(tooMuch / 2) }), NotSerializableError);
});

it('a message and a value of a stream argument of more than two gigabytes are refused alone', async (t) => {
  const pool = makePool(t, { workers: 1 });
  const large = { data: new ArrayBuffer(tooMuch) };
  const call = pool.stream(relay);
  assert.throws(
    () => call.send(large),
    (error) => error instanceof NotSerializableError && error.path === 'message.data',
  );
  await call.send('last');
  assert.deepEqual(await Array.fromAsync(call), ['string']);
  async function* source(): AsyncGenerator<unknown> {
    yield 1;
    yield large;
  }
  const [first, second] = await pool.run(readEach, source());
  assert.equal(first, 'number');
  assert.match(String(second), /^NotSerializableError: args\[0\]: item 1\.data cannot cross/);
  assert.equal(pool.stats().workers[0]?.id, 1);
});

it('what a source throws, and the reason of a signal argument, arrive in short where too much hangs on them', async (t) => {
  const pool = makePool(t, { workers: 1 });
  const reason = Object.assign(new RangeError('with much'), { data: new ArrayBuffer(tooMuch) });
  async function* source(): AsyncGenerator<unknown> {
    yield 1;
    throw reason;
  }
  assert.deepEqual(await pool.run(readEach, source()), ['number', 'RangeError: with much']);
  const controller = new AbortController();
  const told = pool.run(reasonOfArgument, controller.signal);
  await pool.run(increment, 1);
  controller.abort(reason);
  assert.equal(await told, 'RangeError: with much');
  assert.equal(pool.stats().workers[0]?.id, 1);
});

it('what comes along with a call, and is more than two gigabytes, fails the call', async (t) => {
  const pool = makePool(t, { workers: 1, propagate: { capture: () => new ArrayBuffer(tooMuch), restore } });
  const error = await rejectionOf(NotSerializableError, pool.run(increment, 1));
  assert.equal(error.path, 'propagate.capture()');
});

it('large results of one turn go out as several messages', async (t) => {
  const pool = makePool(t, { workers: 1 });
  const results = await pool.map(text, [3, 3, 3, 3, 3]).toArray();
  assert.deepEqual(
    results.map((result) => result.text.length),
    [3, 3, 3, 3, 3].map((megabytes) => megabytes << 20),
  );
});

it(
  'large arguments of one turn go out as several messages',
  { skip: !isLarge && 'LARGE=1 has the memory' },
  async (t) => {
    const pool = makePool(t, { workers: 2 });
    await pool.map(increment, Array.from({ length: 2_000 }).keys()).toArray();
    const calls = Array.from({ length: 40 }, () => pool.run(sizeOf, { data: new ArrayBuffer(60e6) }));
    assert.deepEqual(await Promise.all(calls), Array(40).fill(60e6));
    const nearly = 2 ** 31 - 1_000;
    assert.equal(await pool.run(sizeOf, { data: new ArrayBuffer(nearly) }), nearly);
    assert.deepEqual(
      pool.stats().workers.map(({ id }) => id),
      [1, 2],
    );
  },
);

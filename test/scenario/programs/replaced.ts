// Everything that a pool does, in a program and in workers where globals were replaced. Prints `whole` where all came out right.
//
//     replaced.ts KIND FAKES WHEN [NAME …]
import assert from 'node:assert/strict';
import { setTimeout as startTimer } from 'node:timers';

import type * as polyloop from '../../../src/index.ts';
import { install, replaceByThrowing, type Fakes } from '../../support/fakes.ts';

const [kind, fakes, when, ...replaced] = process.argv.slice(2) as [
  polyloop.WorkerKind,
  Fakes | 'none',
  'before' | 'after',
  ...string[],
];
const NativePromise = Promise;
const NativeController = AbortController;
const realTimer = startTimer;
const sleep = (ms: number): Promise<void> => new NativePromise<void>((resolve) => void realTimer(resolve, ms));

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail('it was expected to be rejected');
}

if (when === 'before' && fakes !== 'none') install(fakes);
const { Pool, PoolClosedError, TaskTimeoutError } = (await import('../../../src/index.ts')) as typeof polyloop;
const tasks = await import('../../tasks/fakes.ts');
if (when === 'after' && fakes !== 'none') install(fakes);
for (const name of replaced) replaceByThrowing(name);
const inWorker: polyloop.PoolOptions =
  kind === 'inline'
    ? {}
    : when === 'after'
      ? { setup: { task: tasks.install, args: [fakes === 'none' ? undefined : fakes, replaced] } }
      : { execArgv: ['--import', new URL(`./replaced-before.ts`, import.meta.url).href], env: { FAKES: fakes } };
const options: polyloop.PoolOptions = { kind, graceMs: 2_000, ...inWorker };

const pool = new Pool({ ...options, workers: { min: 0, max: 2 }, idleTimeoutMs: 40 });
assert.equal(await pool.run(tasks.sum, 2, 3), 5);
assert.equal(await pool.run(tasks.sumLater, 2, 3), 5);
const inputs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
assert.deepEqual(await pool.map(tasks.double, inputs).toArray(), [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
let doubled = 0;
for await (const value of pool.map(tasks.double, new Set(inputs), { ordered: false })) doubled += value;
assert.equal(doubled, 110);
let counted = 0;
for await (const n of pool.stream(tasks.count, 40)) counted += n;
assert.equal(counted, 780);
const failure = await rejection(pool.run(tasks.fails, 'its own'));
assert.ok(failure instanceof RangeError && failure.message === 'its own', String(failure));
const failedMap = await rejection(pool.map(tasks.fails, ['one', 'other']).toArray());
assert.ok(failedMap instanceof RangeError, String(failedMap));
const late = await rejection(pool.with({ timeoutMs: 30 }).run(tasks.waits));
assert.ok(late instanceof TaskTimeoutError, String(late));
assert.equal(await pool.with({ retry: { attempts: 3, backoff: { initialMs: 2 } } }).run(tasks.failsFirst, 2), 3);
const heard: unknown[] = [];
assert.equal(await pool.with({ onReport: (value) => (heard[heard.length] = value) }).run(tasks.reports, 3), 3);
assert.deepEqual(heard, [0, 1, 2]);
assert.ok((await pool.broadcast(tasks.sum, 1, 1)).every((two) => two === 2));
const controller = new NativeController();
const cancelled = rejection(pool.with({ signal: controller.signal }).run(tasks.waits));
await sleep(20);
controller.abort();
assert.equal(await cancelled, controller.signal.reason);
while (pool.stats().workers.length > 0) await sleep(5);
await pool.close();

const paced = new Pool({ ...options, workers: 1, rate: { limit: 2, intervalMs: 40 }, maxQueue: 4 });
const starts: Promise<number>[] = [];
for (let n = 0; n < 4; n++) {
  await paced.room();
  starts[n] = paced.run(tasks.sum, n, n);
}
for (let n = 0; n < 4; n++) assert.equal(await starts[n], 2 * n);
await paced.close();

const ended = new Pool({ ...options, workers: 1 });
const running = ended.run(tasks.waits);
const waiting = ended.run(tasks.waits);
const [first, second] = [rejection(running), rejection(waiting)];
await sleep(1);
await ended.terminate();
assert.ok((await first) instanceof PoolClosedError && (await second) instanceof PoolClosedError);
console.log('whole');

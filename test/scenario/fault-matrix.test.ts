// Every fault at every step of a task's way, over every transport, alone and among neighbours: what the task comes to
// (fault-matrix/table.ts), that its neighbours come to what they should, that the pool still works, and that nothing is left.
import assert from 'node:assert/strict';
import { before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Pool, WorkerCrashedError } from '../../src/index.ts';
import { makePool, until } from '../support/pools.ts';
import { start } from '../support/programs.ts';
import { exitCode, holdMark, markVariable } from '../tasks/faults.ts';
import { holdings, processesMarked } from './fault-matrix/left-behind.ts';
import { optionsFor, play, type Played } from './fault-matrix/play.ts';
import { casesOf, fateOf, steps, titleOf, type Case, type Fate } from './fault-matrix/table.ts';

const program = fileURLToPath(new URL('./fault-matrix/program.ts', import.meta.url));
const hangMs = 15_000;
/** Law 11. */
const orphanMs = 1_000;

type FateOf<Of extends Fate['of']> = Extract<Fate, { of: Of }>;

let heldBefore = '';

before(async () => {
  // What Node makes for the first worker and keeps for ever is no leak.
  process.stderr.write('');
  for (const kind of ['process', 'thread'] as const) {
    const one: Case = { step: 'running it', fault: 'throw', kind, concurrency: 8, from: 'outside' };
    await using pool = new Pool(optionsFor(one));
    await play(pool, one);
  }
  await until(() => heldBefore === (heldBefore = holdings()), 'it holds the same for a while');
});

for (const step of steps) {
  describe(`a task whose fault is in ${step}`, () => {
    for (const one of casesOf(step)) {
      const fate = fateOf(one);
      it(titleOf(one), (t) => (fate.of === 'task' ? checkTask(t, one, fate) : checkProgram(one, fate)));
    }
  });
}

async function checkTask(t: TestContext, one: Case, fate: FateOf<'task'>): Promise<void> {
  const pool = makePool(t, optionsFor(one));
  const played = await unlessItHangs(pool, play(pool, one));
  checkEnd(played, fate);
  checkNeighbours(played, one, fate);
  const { before: first, after: last } = played.workerId;
  if (fate.worker === 'lives') assert.equal(last, first);
  else assert.notEqual(last, first);
  await unlessItHangs(pool, pool.close());
  await until(
    () => holdings() === heldBefore,
    () => `nothing is left; before:\n${heldBefore}\nnow:\n${holdings()}`,
  );
}

function checkEnd({ end }: Played, fate: FateOf<'task'>): void {
  if ('fulfils' in fate) assert.deepEqual(end, { status: 'fulfilled', value: fate.fulfils });
  else {
    assert.equal(end.status, 'rejected');
    assert.equal((end.reason as Error).constructor, fate.rejects, `it rejected with ${String(end.reason)}`);
  }
}

function checkNeighbours({ neighbours: { plain, retried } }: Played, one: Case, fate: FateOf<'task'>): void {
  assert.equal(plain.length + retried.length, one.concurrency - 1);
  for (const end of retried) assert.equal(end.status, 'fulfilled');
  for (const end of plain) {
    if (fate.worker === 'lives') assert.equal(end.status, 'fulfilled');
    else assert.ok(end.status === 'rejected' && end.reason instanceof WorkerCrashedError, JSON.stringify(end));
  }
}

async function unlessItHangs<T>(pool: Pool, promise: Promise<T>): Promise<T> {
  const hang = Promise.withResolvers<never>();
  const watchdog = setTimeout(() => hang.reject(new Error(`It hangs.\n${pool.inspect()}`)), hangMs);
  try {
    return await Promise.race([promise, hang.promise]);
  } finally {
    clearTimeout(watchdog);
  }
}

let marks = 0;

async function checkProgram(one: Case, fate: FateOf<'program'>): Promise<void> {
  const mark = `${process.pid}-${++marks}`;
  const { child, ended, stdout } = start([program, JSON.stringify(one)], { env: { [markVariable]: mark } });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  if (fate.ends === 'hangs') {
    await until(() => stdout() === holdMark || hasEnded(), 'it hangs', hangMs);
    child.kill('SIGKILL');
  }
  await until(hasEnded, 'the program ends', hangMs);
  await until(
    () => processesMarked(mark).length === 0,
    () => `no process of it is left, but there are ${processesMarked(mark).join(', ')}`,
    orphanMs,
  );
  const { code, signal, stderr } = await ended;
  assert.deepEqual([code, signal], fate.ends === 'exits' ? [exitCode, null] : [null, 'SIGKILL'], stderr);
}

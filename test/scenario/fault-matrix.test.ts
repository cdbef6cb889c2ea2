// Every fault at every step of a task's way, over every transport, alone and among neighbours: what the task comes to
// (fault-matrix/table.ts), that its neighbours come to what they should, that the pool still works, and that nothing is left.
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Pool, WorkerCrashedError } from '../../src/index.ts';
import { newFolder } from '../support/files.ts';
import { children, isAlive, makePool, until } from '../support/pools.ts';
import { run, start } from '../support/programs.ts';
import { shareOf } from '../support/shares.ts';
import { exitCode, holdMark, markVariable } from '../tasks/faults.ts';
import { holdings, processesMarked } from './fault-matrix/left-behind.ts';
import { isSlow, optionsFor, play, type Played } from './fault-matrix/play.ts';
import { casesOf, fateOf, steps, titleOf, type Case, type CaseFault, type Fate } from './fault-matrix/table.ts';

const program = fileURLToPath(new URL('./fault-matrix/program.ts', import.meta.url));
const hangMs = 30_000;
/** Law 11. */
const orphanMs = 1_000;

type FateOf<Of extends Fate['of']> = Extract<Fate, { of: Of }>;

/** What the error of a task says of each fault. */
const saysWhy: Record<CaseFault, RegExp> = {
  throw: /thrown on purpose/,
  exit: /exited with code 7/,
  kill: /exited with SIGKILL/,
  hang: /(ran for longer than|had not loaded after) \d+ ms/,
  'late hang': /(ran for longer than|had not loaded after) \d+ ms/,
  never: /(ran for longer than|had not loaded after) \d+ ms/,
};

/** `npm run matrix`. Of cases that each take a program of their own `npm test` has a quarter: every other one of each fault alone from outside, and among others from a `then`. */
const isWhole = process.env['FAULT_MATRIX'] === 'whole';
const isOfHalf = ({ concurrency, from }: Case): boolean => (concurrency === 1) === (from === 'outside');

let heldBefore = '';

// Most of the time is spent on loading polyloop, in every worker and program anew.
process.env['NODE_COMPILE_CACHE'] ??= newFolder();

before(async () => {
  const innocent = { step: 'running it', fault: 'throw', concurrency: 8, from: 'outside' } as const;
  // It comes to its end, and leaves what it has compiled to the others.
  await run([program, JSON.stringify({ ...innocent, kind: 'process' } satisfies Case)]);
  // What Node makes for the first worker and keeps for ever is no leak.
  process.stderr.write('');
  for (const kind of ['process', 'thread'] as const) {
    const one: Case = { ...innocent, kind };
    const pool = new Pool(optionsFor(one));
    await play(pool, one);
    await pool.close();
  }
  await until(() => heldBefore === (heldBefore = holdings()), 'it holds the same for a while');
});

const cases = steps.flatMap(casesOf);

for (const step of steps) {
  describe(`a fault while ${step}`, () => {
    // A pool goes on after any of them. But for workers that die as they load: of these it has enough before long.
    const isShared = step !== 'loading its module';
    const pools = new Map<string, Pool>();
    after(async () => {
      for (const pool of pools.values()) await unlessItHangs(pool, pool.close());
      await nothingIsLeft();
    });
    for (const one of cases) {
      const fate = fateOf(one);
      if (one.step !== step || fate.of !== 'task' || isSlow(one) || !(isWhole || isOfHalf(one))) continue;
      it(titleOf(one), async (t) => {
        if (!isShared) {
          await checkAlone(t, one, fate);
          await nothingIsLeft();
          return;
        }
        const options = optionsFor(one);
        const key = JSON.stringify(options);
        const pool = pools.get(key) ?? new Pool(options);
        pools.set(key, pool);
        await checkTask(pool, one, fate);
        const { queued, inFlight, workers } = pool.stats();
        const regular = workers.filter(({ isQuarantine }) => !isQuarantine);
        assert.deepEqual([queued, inFlight, regular.length], [0, 0, 1]);
      });
    }
  });
}

// The rest at the same time: some only wait, and the others happen in programs of their own.
describe('beside others of its kind', { concurrency: 2 }, () => {
  after(nothingIsLeft);

  describe('a fault that takes its time', { concurrency: 24 }, () => {
    for (const one of cases) {
      const fate = fateOf(one);
      if (fate.of === 'task' && isSlow(one) && (isWhole || isOfHalf(one)))
        it(`${one.step}: ${titleOf(one)}`, (t) => checkAlone(t, one, fate));
    }
  });

  describe('a fault that ends or holds the program', { concurrency: 2 }, () => {
    const endings = cases.flatMap((one) => {
      const fate = fateOf(one);
      return fate.of === 'program' ? [{ one, fate }] : [];
    });
    const half = endings.filter(({ one }) => isOfHalf(one));
    for (const { one, fate } of isWhole ? endings : shareOf(half, 2, 0))
      it(`${one.step}: ${titleOf(one)}`, () => checkProgram(one, fate));
  });
});

it('the matrix is whole: seven steps, four faults, two transports, alone or not, from two places; and a few more', () => {
  const more: readonly string[] = ['having sent its result', 'late hang', 'never'];
  const matrix = cases.filter(({ step, fault }) => !more.includes(step) && !more.includes(fault));
  assert.deepEqual([matrix.length, cases.length - matrix.length], [7 * 4 * 2 * 2 * 2, 24 + 16 + 16]);
});

/** With a pool of its own. */
async function checkAlone(t: TestContext, one: Case, fate: FateOf<'task'>): Promise<void> {
  const pool = makePool(t, optionsFor(one));
  await checkTask(pool, one, fate);
  await unlessItHangs(pool, pool.close());
}

async function checkTask(pool: Pool, one: Case, fate: FateOf<'task'>): Promise<void> {
  const played = await unlessItHangs(pool, play(pool, one));
  checkEnd(played, one, fate);
  checkNeighbours(played, one, fate);
  const { before: first, after: last } = played.workerId;
  if (fate.worker === 'lives') assert.equal(last, first);
  else assert.notEqual(last, first);
}

function nothingIsLeft(): Promise<void> {
  return until(
    // To look for children takes longest.
    () => holdings() === heldBefore && children().length === 0,
    () => `nothing is left; before:\n${heldBefore}\nnow:\n${holdings()}\nchildren: ${children().join(', ')}`,
  );
}

function checkEnd({ end }: Played, { fault }: Case, fate: FateOf<'task'>): void {
  if ('fulfils' in fate) {
    assert.deepEqual(end, { status: 'fulfilled', value: fate.fulfils });
    return;
  }
  assert.equal(end.status, 'rejected');
  const reason = end.reason as Error;
  assert.equal(reason.constructor, fate.rejects, `it rejected with ${String(reason)}`);
  assert.match(reason.message, saysWhy[fault]);
}

function checkNeighbours({ neighbours }: Played, one: Case, fate: FateOf<'task'>): void {
  const [plain, retried] =
    one.concurrency === 1
      ? [[], []]
      : [
          [0, 2, 4, 6],
          [1, 3, 5],
        ];
  assert.deepEqual(neighbours.retried, retried.map(fulfilled));
  if (fate.worker === 'lives') assert.deepEqual(neighbours.plain, plain.map(fulfilled));
  else {
    assert.equal(neighbours.plain.length, plain.length);
    for (const end of neighbours.plain)
      assert.ok(end.status === 'rejected' && end.reason instanceof WorkerCrashedError, JSON.stringify(end));
  }
}

function fulfilled(value: number): PromiseFulfilledResult<number> {
  return { status: 'fulfilled', value };
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
  const orphans = processesMarked(mark);
  await until(() => !orphans.some(isAlive), 'no worker of it is left', orphanMs);
  assert.deepEqual(processesMarked(mark), []);
  const { code, signal, stderr } = await ended;
  assert.deepEqual([code, signal], fate.ends === 'exits' ? [exitCode, null] : [null, 'SIGKILL'], stderr);
}

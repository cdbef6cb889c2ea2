// Plays one case on a pool: the neighbours first, until all of them run; then the call that goes wrong.
import { tasksFrom, type Pool, type PoolOptions, type Runner } from '../../../src/index.ts';
import { until } from '../../support/pools.ts';
import {
  answerThenCommit,
  commit,
  commitFault,
  countWaiting,
  giveParcel,
  hangLate,
  neverSettle,
  Parcel,
  release,
  takeParcel,
  wait,
  type Fault,
} from '../../tasks/faults.ts';
import { fateOf, type Case, type CaseFault, type Step } from './table.ts';

/** How long a task runs that hangs, and has to end by itself. */
const timeoutMs = 40;
const graceMs = 20;
/** Long enough for many workers at once to be up and to load a small module, on a machine with much else to do. */
const loadTimeoutMs = 8_000;

type End = PromiseSettledResult<unknown>;

export interface Played {
  readonly end: End;
  /** Every other neighbour is tried again where its worker dies. */
  readonly neighbours: { readonly plain: readonly End[]; readonly retried: readonly End[] };
  readonly workerId: { readonly before: number | undefined; readonly after: number | undefined };
}

/** It takes as long as a module is given. */
export function isSlow({ step, fault }: Case): boolean {
  return step === 'loading its module' && isHang(fault);
}

/** One worker, so that all that a case is about meets in it. */
export function optionsFor(one: Case): PoolOptions {
  const { kind, concurrency } = one;
  return {
    kind,
    concurrency,
    workers: 1,
    ...(isHang(one.fault) && { graceMs }),
    ...(isSlow(one) && { loadTimeoutMs }),
  };
}

export async function play(pool: Pool, one: Case): Promise<Played> {
  await pool.run(countWaiting);
  const before = workerOf(pool);
  const neighbours = await startNeighbours(pool, one.concurrency - 1);
  const call = (): Promise<unknown> => callFaulty(pool, one);
  const [end] = await Promise.allSettled([one.from === 'outside' ? call() : pool.run(countWaiting).then(call)]);
  const fate = fateOf(one);
  // A result may be here before the end of its worker is.
  if (fate.of === 'task' && fate.worker === 'dies') await until(() => workerOf(pool) !== before, 'its worker is gone');
  else await pool.run(release);
  const [plain, retried] = [await neighbours.plain, await neighbours.retried];
  // The pool still works.
  await pool.run(countWaiting);
  return { end, neighbours: { plain, retried }, workerId: { before, after: workerOf(pool) } };
}

function workerOf(pool: Pool): number | undefined {
  return pool.stats().workers.find(({ isQuarantine }) => !isQuarantine)?.id;
}

async function startNeighbours(pool: Pool, count: number): Promise<Record<'plain' | 'retried', Promise<End[]>>> {
  const runners: Record<'plain' | 'retried', Runner> = {
    plain: pool,
    retried: pool.with({ retry: { on: ['crash'], attempts: 2, backoff: { initialMs: 1 } } }),
  };
  const started: Record<'plain' | 'retried', Promise<number>[]> = { plain: [], retried: [] };
  for (let n = 0; n < count; n++) {
    const how = n % 2 === 0 ? 'plain' : 'retried';
    started[how].push(runners[how].run(wait, n));
  }
  const ends = { plain: Promise.allSettled(started.plain), retried: Promise.allSettled(started.retried) };
  if (count > 0) await until(async () => (await pool.run(countWaiting)) === count, 'all neighbours run');
  return ends;
}

function isHang(fault: CaseFault): boolean {
  return fault === 'hang' || fault === 'late hang' || fault === 'never';
}

function callFaulty(pool: Pool, { step, fault }: Case): Promise<unknown> {
  if (step === 'loading its module') {
    const url = new URL(`../../tasks/faulty-load.ts?${fault.replace(' ', '-')}`, import.meta.url);
    return pool.run(tasksFrom<typeof import('../../tasks/faulty-load.ts')>(url).any);
  }
  const runner = isHang(fault) ? pool.with({ timeoutMs }) : pool;
  if (fault === 'never') return runner.run(neverSettle);
  return fault === 'late hang' ? runner.run(hangLate) : calls[step](runner, fault);
}

const calls: Record<Exclude<Step, 'loading its module'>, (runner: Runner, fault: Fault) => Promise<unknown>> = {
  'encoding its argument': (runner, fault) => runner.run(takeParcel, new Parcel({ encoding: fault })),
  'decoding its argument': (runner, fault) => runner.run(takeParcel, new Parcel({ decoding: fault })),
  'running it': (runner, fault) => runner.run(commitFault, fault),
  'encoding its result': (runner, fault) => runner.run(giveParcel, { encoding: fault }),
  'having sent its result': (runner, fault) => runner.run(answerThenCommit, fault),
  'decoding its result': (runner, fault) => runner.run(giveParcel, { decoding: fault }),
  'delivering its result': (runner, fault) => runner.run(countWaiting).then(() => commit(fault)),
};

// Plays one case on a pool: the neighbours first, until all of them run; then the call that goes wrong.
import type { Pool, PoolOptions } from '../../../src/index.ts';
import { tasksFrom } from '../../../src/index.ts';
import { until } from '../../support/pools.ts';
import * as tasks from '../../tasks/faults.ts';
import type { Fault } from '../../tasks/faults.ts';
import { fateOf, type Case } from './table.ts';

/** How long a task runs that hangs, and has to end by itself. */
const timeoutMs = 40;
const graceMs = 20;
/** Long enough for a module that is there and small, on a machine with much to do. */
const loadTimeoutMs = 400;

type End = PromiseSettledResult<unknown>;

export interface Played {
  readonly end: End;
  /** Every other neighbour is tried again where its worker dies. */
  readonly neighbours: { readonly plain: readonly End[]; readonly retried: readonly End[] };
  readonly workerId: { readonly before: number; readonly after: number };
}

/** One worker, so that all that a case is about meets in it. */
export function optionsFor({ step, fault, kind, concurrency }: Case): PoolOptions {
  const hangs = fault === 'hang' || fault === 'never';
  return {
    kind,
    concurrency,
    workers: 1,
    ...(hangs && { graceMs }),
    ...(hangs && step === 'loading its module' && { loadTimeoutMs }),
  };
}

export async function play(pool: Pool, one: Case): Promise<Played> {
  await pool.run(tasks.countWaiting);
  const before = workerOf(pool);
  const { plain, retried } = await startNeighbours(pool, one.concurrency - 1);
  const call = (): Promise<unknown> => callFaulty(pool, one);
  const [end] = await Promise.allSettled([
    one.from === 'outside' ? call() : pool.run(tasks.countWaiting).then(() => call()),
  ]);
  const fate = fateOf(one);
  // A result may be here before the end of its worker is.
  if (fate.of === 'task' && fate.worker === 'dies')
    await until(() => workerOf(pool) !== before && workerOf(pool) >= 0, 'its worker is replaced');
  else await pool.run(tasks.release);
  const neighbours = { plain: await Promise.allSettled(plain), retried: await Promise.allSettled(retried) };
  // The pool still works.
  await pool.run(tasks.countWaiting);
  return { end, neighbours, workerId: { before, after: workerOf(pool) } };
}

function workerOf(pool: Pool): number {
  return pool.stats().workers.find(({ isQuarantine }) => !isQuarantine)?.id ?? -1;
}

async function startNeighbours(pool: Pool, count: number): Promise<Record<'plain' | 'retried', Promise<number>[]>> {
  const careful = pool.with({ retry: { on: ['crash'], attempts: 2, backoff: { initialMs: 1 } } });
  const plain: Promise<number>[] = [];
  const retried: Promise<number>[] = [];
  for (let n = 0; n < count; n++) {
    if (n % 2 === 0) plain.push(pool.run(tasks.wait, n));
    else retried.push(careful.run(tasks.wait, n));
  }
  if (count > 0) await until(async () => (await pool.run(tasks.countWaiting)) === count, 'all neighbours run');
  return { plain, retried };
}

function callFaulty(pool: Pool, { step, fault }: Case): Promise<unknown> {
  const hangs = fault === 'hang' || fault === 'never';
  const runner = hangs && step !== 'loading its module' ? pool.with({ timeoutMs }) : pool;
  if (step === 'loading its module') {
    const url = new URL(`../../tasks/faulty-load.ts?${fault}`, import.meta.url);
    return runner.run(tasksFrom<typeof import('../../tasks/faulty-load.ts')>(url).any);
  }
  if (fault === 'never') return runner.run(tasks.neverSettle);
  return commitAt(runner, step, fault);
}

function commitAt(
  runner: Pick<Pool, 'run'>,
  step: Exclude<Case['step'], 'loading its module'>,
  fault: Fault,
): Promise<unknown> {
  switch (step) {
    case 'encoding its argument':
      return runner.run(tasks.takeParcel, new tasks.Parcel({ encoding: fault }));
    case 'decoding its argument':
      return runner.run(tasks.takeParcel, new tasks.Parcel({ decoding: fault }));
    case 'running it':
      return runner.run(tasks.commitFault, fault);
    case 'encoding its result':
      return runner.run(tasks.giveParcel, { encoding: fault });
    case 'having sent its result':
      return runner.run(tasks.answerThenCommit, fault);
    case 'decoding its result':
      return runner.run(tasks.giveParcel, { decoding: fault });
    case 'delivering its result':
      return runner.run(tasks.countWaiting).then(() => tasks.commit(fault));
  }
}

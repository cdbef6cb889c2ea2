// Throughput with more workers than there are cores: it cannot grow, and must not collapse.
import { Pool, tasks } from '../peers/polyloop-code.ts';
import { numbers, perSecond, timed } from '../measures/measure.ts';

export interface Crowd {
  readonly submitRate: number;
  readonly mapRate: number;
}

export async function measureCrowd(kind: 'thread' | 'process', workers: number, count: number): Promise<Crowd> {
  const pool = new Pool({ kind, workers });
  await pool.broadcast(tasks.who, null);
  const inputs = numbers(count);
  const submitAll = (some: readonly number[]) => Promise.all(some.map((n) => pool.run(tasks.increment, n)));
  const mapAll = (some: readonly number[]) => pool.map(tasks.increment, some).toArray();
  const warm = inputs.slice(0, count >> 3);

  await submitAll(warm);
  const submitMs = await timed(() => submitAll(inputs));
  await mapAll(warm);
  const mapMs = await timed(() => mapAll(inputs));
  await pool.close();
  return { submitRate: perSecond(count, submitMs), mapRate: perSecond(count, mapMs) };
}

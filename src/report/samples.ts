// The workers over time, as lines: one for each worker while they can be told apart, else the highest, the middle and the
// lowest of all. And no more points than a screen can show.
import type { Sample, WorkerSample } from './history.ts';

export interface Lines {
  readonly atMs: readonly number[];
  readonly names: readonly string[];
  /** A list of values for each name; null where the worker was not there. */
  readonly lagMs: readonly Values[];
  readonly rssBytes: readonly Values[];
  readonly utilization: readonly Values[];
}

export type Values = readonly (number | null)[];

const mostWorkers = 8;
const mostPoints = 600;

export function linesOf(samples: readonly Sample[]): Lines | undefined {
  const ids = [...new Set(samples.flatMap(({ workers }) => workers.map(({ id }) => id)))].toSorted((a, b) => a - b);
  if (ids.length === 0) return undefined;
  const together = Math.ceil(samples.length / mostPoints);
  const points = Array.from({ length: Math.ceil(samples.length / together) }, (_, at) =>
    samples.slice(at * together, (at + 1) * together),
  );
  const workers = points.map(workersOf);
  const isEach = ids.length <= mostWorkers;
  const draw = (figure: (worker: WorkerSample) => number, digits: number): Values[] =>
    isEach
      ? ids.map((id) => workers.map((of) => rounded(valueOf(of.get(id), figure), digits)))
      : parts.map((part) => workers.map((of) => rounded(quantile([...of.values()].map(figure), part), digits)));
  return {
    atMs: points.map((point) => Math.round(point.at(-1)?.atMs ?? 0)),
    names: isEach ? ids.map((id) => `worker ${id}`) : ['highest', 'middle', 'lowest'],
    lagMs: draw(({ lagMs }) => lagMs, 2),
    rssBytes: draw(({ rssBytes }) => rssBytes, 0),
    utilization: draw(({ utilization }) => utilization, 3),
  };
}

const parts = [1, 0.5, 0];

/** What the workers were in several samples: the worst lag and the most memory, for they may be short, and the mean share. */
function workersOf(point: readonly Sample[]): Map<number, WorkerSample> {
  const all = Map.groupBy(
    point.flatMap(({ workers }) => workers),
    ({ id }) => id,
  );
  return new Map(
    [...all].map(([id, each]) => [
      id,
      {
        id,
        inFlight: Math.max(...each.map(({ inFlight }) => inFlight)),
        utilization: each.reduce((sum, { utilization }) => sum + utilization, 0) / each.length,
        lagMs: Math.max(...each.map(({ lagMs }) => lagMs)),
        rssBytes: Math.max(...each.map(({ rssBytes }) => rssBytes)),
      },
    ]),
  );
}

function valueOf(worker: WorkerSample | undefined, figure: (worker: WorkerSample) => number): number | null {
  return worker === undefined ? null : figure(worker);
}

function quantile(values: readonly number[], part: number): number | null {
  return values.toSorted((a, b) => a - b)[Math.round(part * (values.length - 1))] ?? null;
}

function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

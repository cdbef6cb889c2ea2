// How much was done when: tasks that ended and that were in flight, by intervals of equal length.
import type { TaskEnd } from './history.ts';

export interface Rates {
  readonly stepMs: number;
  readonly ended: readonly number[];
  readonly failed: readonly number[];
  /** On average over each interval. */
  readonly inFlight: readonly number[];
}

const mostSteps = 2_000;

export function ratesOf(ends: readonly TaskEnd[], spanMs: number): Rates {
  const stepMs = roundStep(spanMs / mostSteps);
  const length = Math.max(1, Math.ceil(spanMs / stepMs));
  const ended = new Float64Array(length);
  const failed = new Float64Array(length);
  const inFlight = new Float64Array(length);
  const stepOf = (ms: number): number => Math.min(length - 1, Math.max(0, Math.floor(ms / stepMs)));
  for (const { startMs, ms, ok } of ends) {
    const endMs = startMs + ms;
    const last = stepOf(endMs);
    ended[last] = (ended[last] as number) + 1;
    if (!ok) failed[last] = (failed[last] as number) + 1;
    for (let step = stepOf(startMs); step <= last; step++) {
      const partMs = Math.min(endMs, (step + 1) * stepMs) - Math.max(startMs, step * stepMs);
      inFlight[step] = (inFlight[step] as number) + Math.max(0, partMs) / stepMs;
    }
  }
  return { stepMs, ended: [...ended], failed: [...failed], inFlight: [...inFlight] };
}

/** The next of 1, 2, 5, 10, 20, 50 and so on; also below 1. */
export function roundStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((multiple) => multiple * decade >= least * (1 - 1e-9)) ?? 10;
  return Number((step * decade).toPrecision(1));
}

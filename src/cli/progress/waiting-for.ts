// What a run waits for at its beginning: a module that takes long to load, a setup that takes long.
import type { PoolStats } from '../../index.ts';
import { visibleLine } from '../../report/visible.ts';
import type { Target } from '../worker/apply.ts';
import { time } from './numbers.ts';

const shortMs = 5_000;

/** Undefined where a worker is ready, or it is too early to speak of it. */
export function waitingFor(
  { shown, setup }: Target,
  { workers }: Pick<PoolStats, 'workers'>,
  elapsedMs: number,
): string | undefined {
  if (elapsedMs < shortMs || workers.length === 0 || workers.some(({ state }) => state !== 'starting'))
    return undefined;
  const what = setup === undefined ? `${shown} to load` : `${shown} to load and --setup ${setup} to end`;
  return `waiting for ${visibleLine(what)}, ${time(elapsedMs)}`;
}

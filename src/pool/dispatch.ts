// Who gets how many of the tasks that wait.
import { arraySome } from '../task/arrays.ts';

/** What the decision knows of a worker. */
export interface Candidate {
  /** It will take tasks when it has started, but cannot yet. */
  readonly isStarting: boolean;
  readonly inFlight: number;
  /** How many more it could have at once. */
  readonly room: number;
  /** How many more it may have now. */
  readonly allowance: number;
}

/**
 * How many tasks to give to each worker: the next one always to the worker with the fewest in flight, so that each has one
 * before any gets a second, and none more than its allowance.
 *
 * A worker that is still starting is counted as one that could take its share, and what would be its share waits: the first
 * worker that is up must not swallow everything. But among equals those that are up come first, so nothing waits for a
 * slow start while another worker has nothing to do.
 */
export function dispatch(waiting: number, candidates: readonly Candidate[]): number[] {
  // What one that starts may be given is not known; so its share is measured by what all could have.
  const byRoom = arraySome(candidates, ({ isStarting }) => isStarting);
  const counts = fill(waiting, candidates, byRoom);
  if (!byRoom) return counts;
  for (let at = 0; at < counts.length; at++) {
    const { isStarting, allowance } = candidates[at] as Candidate;
    counts[at] = isStarting ? 0 : Math.min(allowance, counts[at] as number);
  }
  return counts;
}

// The loops below run for every message, and are written so that the arrays in them stay of one kind for the engine.

/** How much each gets where the lowest is always filled first. */
function fill(amount: number, candidates: readonly Candidate[], byRoom: boolean): number[] {
  const upTo = amount === 1 ? 0 : levelFor(amount, candidates, byRoom);
  const counts: number[] = [];
  let left = amount;
  for (const candidate of candidates) {
    const taken = takenAt(upTo, candidate, byRoom);
    counts[counts.length] = taken;
    left -= taken;
  }
  // What is left is not enough to raise all by one more.
  for (; left > 0; left--) {
    const lowest = lowestOf(candidates, byRoom, counts);
    if (lowest < 0) break;
    counts[lowest] = (counts[lowest] as number) + 1;
  }
  return counts;
}

/** Which is lowest of those that can take more; among equals the first that is up. */
function lowestOf(candidates: readonly Candidate[], byRoom: boolean, counts: readonly number[]): number {
  let lowest = -1;
  let lowestLevel = Infinity;
  for (let at = 0; at < candidates.length; at++) {
    const candidate = candidates[at] as Candidate;
    const count = counts[at] as number;
    // Half a step behind its equals.
    const filled = candidate.inFlight + count + (candidate.isStarting ? 0.5 : 0);
    if (count >= mostOf(candidate, byRoom) || filled >= lowestLevel) continue;
    lowest = at;
    lowestLevel = filled;
  }
  return lowest;
}

function mostOf({ room, allowance }: Candidate, byRoom: boolean): number {
  return byRoom ? room : allowance;
}

function takenAt(upTo: number, candidate: Candidate, byRoom: boolean): number {
  return Math.max(0, Math.min(mostOf(candidate, byRoom), upTo - candidate.inFlight));
}

/** The highest level to which the amount can fill all. */
function levelFor(amount: number, candidates: readonly Candidate[], byRoom: boolean): number {
  let low = 0;
  let high = 1;
  for (const candidate of candidates) high = Math.max(high, candidate.inFlight + mostOf(candidate, byRoom));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    let taken = 0;
    for (const candidate of candidates) taken += takenAt(middle, candidate, byRoom);
    if (taken <= amount) low = middle;
    else high = middle - 1;
  }
  return low;
}

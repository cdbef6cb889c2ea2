// Who gets how many of the tasks that wait.

/** What the decision knows of a worker. */
export interface Candidate {
  /** It takes tasks now. */
  readonly isOpen: boolean;
  /** It will, when it has started. */
  readonly isStarting: boolean;
  readonly inFlight: number;
}

/**
 * How many tasks to give to each worker: the next one always to the worker with the fewest in flight, so that each has one
 * before any gets a second, and none more than `concurrency`.
 *
 * A worker that is still starting is counted as one that could take its share, and what would be its share waits: the first
 * worker that is up must not swallow everything. But among equals those that are up come first, so nothing waits for a
 * slow start while another worker has nothing to do.
 */
export function dispatch(waiting: number, candidates: readonly Candidate[], concurrency: number): number[] {
  const counts = candidates.map(() => 0);
  for (let left = waiting; left > 0; left--) {
    let best = -1;
    let fewest = concurrency;
    for (let at = 0; at < candidates.length; at++) {
      const { isOpen, isStarting, inFlight } = candidates[at] as Candidate;
      if (!isOpen && !isStarting) continue;
      const load = inFlight + (counts[at] ?? 0);
      if (load > fewest || load >= concurrency) continue;
      if (load === fewest && (!isOpen || (best >= 0 && candidates[best]?.isOpen === true))) continue;
      best = at;
      fewest = load;
    }
    if (best < 0) break;
    counts[best] = (counts[best] ?? 0) + 1;
  }
  return counts.map((count, at) => (candidates[at]?.isOpen === true ? count : 0));
}

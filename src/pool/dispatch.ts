// Who gets how many of the tasks that wait.

/** What the decision knows of a worker. */
export interface Candidate {
  /** It will take tasks when it has started, but cannot yet. */
  readonly isStarting: boolean;
  readonly inFlight: number;
  /** How many more it may have. */
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
  const upTo = levelFor(waiting, candidates);
  const counts = candidates.map((candidate) => takenAt(upTo, candidate));
  let left = waiting - counts.reduce((sum, count) => sum + count, 0);
  // One more each for as many as are left, which is not enough for all.
  for (const isStarting of [false, true]) {
    for (let at = 0; at < candidates.length && left > 0; at++) {
      const candidate = candidates[at] as Candidate;
      if (candidate.isStarting !== isStarting || takenAt(upTo + 1, candidate) === counts[at]) continue;
      counts[at] = (counts[at] ?? 0) + 1;
      left--;
    }
  }
  return counts.map((count, at) => (candidates[at]?.isStarting === true ? 0 : count));
}

/** How many a worker takes if each is filled up to this level of tasks in flight. */
function takenAt(level: number, { inFlight, allowance }: Candidate): number {
  return Math.max(0, Math.min(allowance, level - inFlight));
}

/** The highest level to which the tasks that wait can fill all workers. */
function levelFor(waiting: number, candidates: readonly Candidate[]): number {
  let low = 0;
  let high = 1;
  for (const { inFlight, allowance } of candidates) high = Math.max(high, inFlight + allowance);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    let taken = 0;
    for (const candidate of candidates) taken += takenAt(middle, candidate);
    if (taken <= waiting) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Who gets how many of the tasks that wait.

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
  const areAllUp = candidates.every(({ isStarting }) => !isStarting);
  // What one that starts may be given is not known; so its share is measured by what all could have.
  const shares = fill(
    waiting,
    candidates.map(({ isStarting, inFlight, room, allowance }) => {
      return { isLast: isStarting, level: inFlight, most: areAllUp ? allowance : room };
    }),
  );
  return candidates.map(({ isStarting, allowance }, at) => (isStarting ? 0 : Math.min(allowance, shares[at] ?? 0)));
}

interface Vessel {
  readonly level: number;
  readonly most: number;
  /** It comes after its equals. */
  readonly isLast: boolean;
}

/** How much each gets where the lowest is always filled first. */
function fill(amount: number, vessels: readonly Vessel[]): number[] {
  const upTo = amount === 1 ? 0 : levelFor(amount, vessels);
  const counts = vessels.map((vessel) => takenAt(upTo, vessel));
  // What is left is not enough to raise all by one more.
  for (let left = amount - sum(counts); left > 0; left--) {
    const lowest = lowestOf(vessels, counts);
    if (lowest < 0) break;
    counts[lowest] = (counts[lowest] ?? 0) + 1;
  }
  return counts;
}

function sum(counts: readonly number[]): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}

/** Which is lowest of those that can take more; among equals the first. */
function lowestOf(vessels: readonly Vessel[], counts: readonly number[]): number {
  let lowest = -1;
  let lowestLevel = Infinity;
  for (let at = 0; at < vessels.length; at++) {
    const { level, most, isLast } = vessels[at] as Vessel;
    const count = counts[at] ?? 0;
    // Half a step behind its equals.
    const filled = level + count + (isLast ? 0.5 : 0);
    if (count >= most || filled >= lowestLevel) continue;
    lowest = at;
    lowestLevel = filled;
  }
  return lowest;
}

function takenAt(upTo: number, { level, most }: Vessel): number {
  return Math.max(0, Math.min(most, upTo - level));
}

/** The highest level to which the amount can fill all. */
function levelFor(amount: number, vessels: readonly Vessel[]): number {
  let low = 0;
  let high = 1;
  for (const { level, most } of vessels) high = Math.max(high, level + most);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    let taken = 0;
    for (const vessel of vessels) taken += takenAt(middle, vessel);
    if (taken <= amount) low = middle;
    else high = middle - 1;
  }
  return low;
}

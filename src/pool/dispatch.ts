// Which worker gets the next task.

/** What the decision looks at. */
export interface Candidate {
  /** Ready for tasks, and not congested. */
  readonly isOpen: boolean;
  readonly inFlight: number;
}

/**
 * The open worker with the fewest tasks in flight, if it has room; among equals, the one that stands first. So every
 * worker gets one task before any gets a second.
 */
export function chooseWorker<C extends Candidate>(candidates: readonly C[], concurrency: number): C | undefined {
  let best: C | undefined;
  let fewest = concurrency;
  for (const candidate of candidates) {
    if (!candidate.isOpen || candidate.inFlight >= fewest) continue;
    best = candidate;
    fewest = candidate.inFlight;
  }
  return best;
}

// How many workers there should be.

export interface Load {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** How many tasks a worker will take at once. */
  readonly perWorker: number;
  /** Workers that are starting or ready. */
  readonly live: number;
  /** Tasks that no worker has yet. */
  readonly waiting: number;
  /** Tasks that the live workers could take now, or when they have started. */
  readonly room: number;
}

/** How many workers to start: up to the least there should be, and beyond it only for work that would wait. */
export function workersToStart({ minWorkers, maxWorkers, perWorker, live, waiting, room }: Load): number {
  if (waiting === 0) return 0;
  const forWaiting = waiting > room ? Math.ceil((waiting - room) / perWorker) : 0;
  return Math.max(0, Math.min(maxWorkers, Math.max(minWorkers, live + forWaiting)) - live);
}

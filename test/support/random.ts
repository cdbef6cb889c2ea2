// Chance for tests that is the same at every run.

/** Whole numbers from 0 to before `below`, always the same for a seed. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

/** Numbers from 0 to before 1, always the same for a seed. */
export function random(seed: number): () => number {
  const next = seeded((seed % 2_147_483_646) + 1);
  const steps = 1_000_003;
  return () => next(steps) / steps;
}

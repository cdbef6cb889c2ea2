// Chance for tests that is the same at every run.

/** Whole numbers from 0 to before `below`, always the same for a seed. */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

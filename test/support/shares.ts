// Generated cases that each take a program or a pool of their own. `npm test` runs a share of them, `npm run test:whole` runs all.

export const isWholeRun = process.env['TESTS'] === 'whole';

/** Every `nth` of the cases, beginning with that of the number `first`; all cases in a whole run. */
export function shareOf<T>(cases: readonly T[], nth: number, first: number): readonly T[] {
  return isWholeRun ? cases : cases.filter((_, at) => at % nth === first % nth);
}

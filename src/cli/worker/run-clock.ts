// One clock for the times of a run, in the command and in its workers, which start later: it goes on evenly, while the time of
// day can be set, and a laptop's makes a leap when it wakes. `performance.now()` is as steady, but counts from the start of each
// process, and `performance.timeOrigin` is what the time of day was then.

/** Read so often, for something may come between the two readings. */
const readings = 3;

/** When `performance.now()` began to count here, in milliseconds on the clock that all processes of the machine share. */
export function ownBeginning(): number {
  let beginning = 0;
  let within = Infinity;
  for (let reading = 0; reading < readings; reading++) {
    const before = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    const after = performance.now();
    if (after - before >= within) continue;
    within = after - before;
    beginning = seconds * 1e3 + nanoseconds / 1e6 - (before + after) / 2;
  }
  return beginning;
}

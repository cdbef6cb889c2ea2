// A clock that all processes and threads of the machine read alike, in milliseconds. `performance.now()` counts from each
// one's own start, and the time of day can be set.

const [seconds, nanoseconds] = process.hrtime();
const offset = seconds * 1e3 + nanoseconds / 1e6 - performance.now();

export function machineNow(): number {
  return performance.now() + offset;
}

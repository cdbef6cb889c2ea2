// A clock that all processes and threads of the machine read alike, in milliseconds. `performance.now()` counts from each
// one's own start, and the time of day can be set. (It is tempting to find the difference to the former once and add it; but
// a process that is held up between the two readings, as it starts, would be wrong by as much for ever.)
import { hrtime } from '../task/platform.ts';

export function machineNow(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

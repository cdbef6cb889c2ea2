// Clocks that go on, also where fakes that stand still replaced `performance.now` or `process.hrtime` before polyloop is
// loaded. No other function of this thread shows the time of `hrtime`, so a thread is asked for it, once, and the difference to
// `performance.now` is added from then on.
import { performance } from 'node:perf_hooks';

import { arrayFind } from './arrays.ts';

/** A clock that shows the same time for so many looks stands still. */
const looks = 100_000;
const asked = 3;
const longestMs = 5_000;

const code = `
const { workerData: { times, turns } } = require('node:worker_threads');
for (let at = 0; at < times.length; at++) {
  Atomics.wait(turns, 0, 2 * at);
  const [seconds, nanoseconds] = process.hrtime();
  times[at] = seconds * 1e3 + nanoseconds / 1e6;
  Atomics.add(turns, 0, 1);
  Atomics.notify(turns, 0);
}`;

function goesOn(read: () => number): boolean {
  const first = read();
  for (let left = looks; left > 0; left--) if (read() !== first) return true;
  return false;
}

/** `performance.now`, or what replaces it where that stands still. */
export const realNow = findNow();

function findNow(): () => number {
  const inherited = (Object.getPrototypeOf(performance) as Partial<typeof performance>).now;
  const clocks = [performance.now.bind(performance), inherited?.bind(performance), () => process.uptime() * 1e3];
  return arrayFind(clocks, (now) => now !== undefined && goesOn(now)) ?? performance.now.bind(performance);
}

/** `process.hrtime`, or what replaces it where that stands still. */
export function realHrtime(hrtime: NodeJS.HRTime): () => readonly [seconds: number, nanoseconds: number] {
  if (goesOn(() => hrtime()[1])) return hrtime;
  const differenceMs = askThread();
  if (differenceMs === undefined) return hrtime;
  return () => {
    const ms = realNow() + differenceMs;
    const whole = Math.floor(ms / 1e3);
    return [whole, (ms - whole * 1e3) * 1e6];
  };
}

/** How much later the machine's clock is than that of this thread, in milliseconds; undefined where no thread can be started. */
function askThread(): number | undefined {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const times = new Float64Array(new SharedArrayBuffer(asked * Float64Array.BYTES_PER_ELEMENT));
  const turns = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(code, { eval: true, workerData: { times, turns }, env: {}, execArgv: [] });
  thread.unref();
  let difference = -Infinity;
  for (let at = 0; at < asked; at++) {
    // The thread waits for an odd number and answers with an even one.
    Atomics.add(turns, 0, 1);
    Atomics.notify(turns, 0);
    if (Atomics.wait(turns, 0, 2 * at + 1, longestMs) === 'timed-out') return undefined;
    // The reading here is late, never early, so the largest difference is the best one.
    difference = Math.max(difference, (times[at] ?? 0) - realNow());
  }
  return difference;
}

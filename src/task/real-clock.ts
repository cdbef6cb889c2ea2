// Clocks that go on, also where fakes replaced `performance.now` or `process.hrtime` before polyloop is loaded. No other function
// of this thread shows the time of `hrtime`, so a thread is asked for it, once, and the difference to `performance.now` is added
// from then on.
import { performance, PerformanceMark } from 'node:perf_hooks';

import { hasSource } from './uncurried.ts';

/** A clock that shows the same time for so many looks stands still. */
const looks = 100_000;
/** Clocks are compared over this time. */
const comparedMs = 2;
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

/** The clock of `performance.now`, in another way that takes some times as long. */
function marked(): number {
  return new PerformanceMark('polyloop').startTime;
}

function goesOn(read: () => number): boolean {
  const first = read();
  for (let left = looks; left > 0; left--) if (read() !== first) return true;
  return false;
}

/** Whether it is the same clock. A fake one can go on as well, by steps or slowly. */
function isSame(now: () => number): boolean {
  try {
    const before = marked();
    const between = now();
    return before <= between && between <= marked();
  } catch {
    return false;
  }
}

/** `performance.now`. */
export const realNow = findNow();

function findNow(): () => number {
  const inherited = (Object.getPrototypeOf(performance) as Partial<typeof performance>).now;
  for (const now of [performance.now, inherited]) {
    const bound = now?.bind(performance);
    if (bound !== undefined && isSame(bound)) return bound;
  }
  if (goesOn(marked)) return marked;
  throw new Error(
    'polyloop finds no clock that goes on, for `performance.now` was replaced. Import polyloop before what replaces it.',
  );
}

/** `process.hrtime`. */
export function realHrtime(hrtime: NodeJS.HRTime): () => readonly [seconds: number, nanoseconds: number] {
  if (hasSource(hrtime, /hrValues/) || keepsStep(hrtime)) return hrtime;
  const differenceMs = askThread();
  if (differenceMs === undefined) return hrtime;
  return () => {
    const ms = realNow() + differenceMs;
    const whole = Math.floor(ms / 1e3);
    return [whole, (ms - whole * 1e3) * 1e6];
  };
}

function keepsStep(hrtime: NodeJS.HRTime): boolean {
  const aheadMs = (): number => {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6 - realNow();
  };
  try {
    const first = aheadMs();
    const until = realNow() + comparedMs;
    while (realNow() < until);
    return Math.abs(aheadMs() - first) < comparedMs / 4;
  } catch {
    return false;
  }
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

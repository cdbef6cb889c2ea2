// Timers that wait for real. Fake timers replace the functions of `node:timers` as well as the globals; where that has
// happened before polyloop is loaded, the class behind the real ones is taken from a socket, which has a timer of its own.
import timers from 'node:timers';

interface RealTimers {
  readonly setTimeout: (callback: () => void, ms: number) => NodeJS.Timeout;
  readonly setInterval: (callback: () => void, ms: number) => NodeJS.Timeout;
  readonly setImmediate: (callback: () => void) => unknown;
}

/** Node's own class, as far as it is used here. `refresh` starts the timer. */
type TimeoutClass = new (
  callback: () => void,
  ms: number,
  args: undefined,
  isRepeated: boolean,
  isReferenced: boolean,
) => NodeJS.Timeout;

const farAwayMs = 2 ** 31 - 1;

/** A timer of Node has one of these fields, and fake ones do not. */
function isReal(timer: unknown): timer is NodeJS.Timeout {
  return typeof timer === 'object' && timer !== null && ('_idleTimeout' in timer || '_onImmediate' in timer);
}

/** What starts one can be replaced alone. One that throws starts nothing. */
function startsReal(start: () => { close?: () => unknown } | NodeJS.Immediate): boolean {
  try {
    const timer = start();
    if (!isReal(timer)) return false;
    if ('close' in timer) timer.close();
    return true;
  } catch {
    return false;
  }
}

function realClass(): TimeoutClass {
  const { Socket } = process.getBuiltinModule('node:net');
  const socket = new Socket();
  socket.setTimeout(farAwayMs);
  for (const key of Object.getOwnPropertySymbols(socket)) {
    const timer = (socket as never)[key] as unknown;
    if (!isReal(timer)) continue;
    timer.close();
    return timer.constructor as TimeoutClass;
  }
  throw new Error(
    'polyloop cannot find the real timers, for those of `node:timers` were replaced. Import polyloop before what replaces them.',
  );
}

function behindFakes(): RealTimers {
  const Timeout = realClass();
  const start = (callback: () => void, ms: number, isRepeated: boolean): NodeJS.Timeout =>
    new Timeout(callback, ms, undefined, isRepeated, true).refresh();
  return {
    setTimeout: (callback, ms) => start(callback, ms, false),
    setInterval: (callback, ms) => start(callback, ms, true),
    // Real immediates cannot be had this way; a timer of the shortest time comes a millisecond later.
    setImmediate: (callback) => start(callback, 1, false),
  };
}

export const realTimers = findTimers();

function findTimers(): RealTimers {
  const { setTimeout, setInterval, setImmediate } = timers;
  const areReal = {
    setTimeout: startsReal(() => setTimeout(() => {}, farAwayMs)),
    setInterval: startsReal(() => setInterval(() => {}, farAwayMs)),
    setImmediate: startsReal(() => setImmediate(() => {})),
  };
  if (areReal.setTimeout && areReal.setInterval && areReal.setImmediate)
    return { setTimeout, setInterval, setImmediate };
  const others = behindFakes();
  return {
    setTimeout: areReal.setTimeout ? setTimeout : others.setTimeout,
    setInterval: areReal.setInterval ? setInterval : others.setInterval,
    setImmediate: areReal.setImmediate ? setImmediate : others.setImmediate,
  };
}

/** Clears a timer without the functions that do, for these can be replaced alone. */
export function clearTimer(timer: NodeJS.Timeout | undefined): void {
  timer?.close();
}

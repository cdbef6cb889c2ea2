// Timers that wait for real. Fake timers replace the functions of `node:timers` as well as the globals; where that has
// happened before polyloop is loaded, the class behind the real ones is taken from a socket, which has a timer of its own.
import timers from 'node:timers';

interface RealTimers {
  readonly setTimeout: (callback: () => void, ms: number) => NodeJS.Timeout;
  readonly clearTimeout: (timer: NodeJS.Timeout | undefined) => void;
  readonly setInterval: (callback: () => void, ms: number) => NodeJS.Timeout;
  readonly clearInterval: (timer: NodeJS.Timeout | undefined) => void;
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

/** A timer of Node has this field, and fake ones do not. */
function isReal(timer: unknown): timer is NodeJS.Timeout {
  return typeof timer === 'object' && timer !== null && '_idleTimeout' in timer;
}

function areFaked(): boolean {
  const timer = timers.setTimeout(() => {}, farAwayMs);
  timers.clearTimeout(timer);
  return !isReal(timer);
}

function clear(timer: NodeJS.Timeout | undefined): void {
  timer?.close();
}

function timersOf(Timeout: TimeoutClass): RealTimers {
  const start = (callback: () => void, ms: number, isRepeated: boolean): NodeJS.Timeout =>
    new Timeout(callback, ms, undefined, isRepeated, true).refresh();
  return {
    setTimeout: (callback, ms) => start(callback, ms, false),
    clearTimeout: clear,
    setInterval: (callback, ms) => start(callback, ms, true),
    clearInterval: clear,
    // Real immediates cannot be had this way; a timer of the shortest time comes a millisecond later.
    setImmediate: (callback) => start(callback, 1, false),
  };
}

function realClass(): TimeoutClass | undefined {
  const { Socket } = process.getBuiltinModule('node:net');
  const socket = new Socket();
  socket.setTimeout(farAwayMs);
  const own = Object.getOwnPropertySymbols(socket).map((key) => (socket as never)[key] as unknown);
  const timer = own.find(isReal);
  socket.setTimeout(0);
  return timer?.constructor as TimeoutClass | undefined;
}

export const realTimers: RealTimers = (areFaked() ? realTimersBehind() : undefined) ?? timers;

function realTimersBehind(): RealTimers | undefined {
  const Timeout = realClass();
  return Timeout && timersOf(Timeout);
}

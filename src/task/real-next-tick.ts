// `process.nextTick`, which fake timers may have replaced before polyloop is loaded. The real one cannot be found then, and what is
// to run in the next tick runs in the next turn of the loop instead, until the real one is back.
import { createHook } from 'node:async_hooks';

import { realTimers } from './real-timers.ts';
import { hasSource } from './uncurried.ts';

type NextTick = (callback: () => void) => void;

// Test runners that run modules in a realm of their own give them a copy of `process`, with a `nextTick` of their own.
const nodeProcess = process.getBuiltinModule('node:process');

/** Node's own creates such an object, and so does what calls it. */
function isReal(nextTick: unknown): boolean {
  return hasSource(nextTick, /TickObject/) || makesTicks(nextTick as NextTick);
}

function makesTicks(nextTick: NextTick): boolean {
  let isMade = false;
  const hook = createHook({
    init: (_id, type) => {
      isMade ||= type === 'TickObject';
    },
  });
  hook.enable();
  try {
    nextTick(() => {});
  } catch {
    // It is none.
  }
  hook.disable();
  return isMade;
}

const found = nodeProcess.nextTick;
let real = isReal(found) ? (found as NextTick) : undefined;
let seen: unknown = found;

export const realNextTick: NextTick = real ?? inNextTurn;

function inNextTurn(callback: () => void): void {
  if (findAgain() === undefined) realTimers.setImmediate(callback);
  else real?.(callback);
}

function findAgain(): NextTick | undefined {
  if (real !== undefined || nodeProcess.nextTick === seen) return real;
  seen = nodeProcess.nextTick;
  if (isReal(seen)) real = seen as NextTick;
  return real;
}

/** Streams and sockets of Node itself need the real `process.nextTick`; without it they do not say that they have ended. */
export function isNextTickReplaced(): boolean {
  return findAgain() === undefined || nodeProcess.nextTick !== real;
}

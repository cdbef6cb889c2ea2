// A worker whose code does not keep to what polyloop sends: it names modules of its own choice for the caller to load.
import { writeSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { isMainThread, workerData, type MessagePort } from 'node:worker_threads';

import { context, portable, task } from '../support/task.ts';
import { realm } from '../../src/task/realm.ts';
import { encodeFrame } from '../../src/wire/frame.ts';
import type { Message } from '../../src/wire/messages.ts';

/** Registers a class here, under the name of whatever module: its instances name that module. */
function forged(url: string): object {
  const Forged = class Forged {
    n = 7;
  };
  if (!realm.portablesByIdentity.has(`${url}#Forged`)) portable(url, Forged);
  else return Object.create(prototypes.get(url) ?? null) as object;
  prototypes.set(url, Forged.prototype);
  return new Forged();
}
const prototypes = new Map<string, object>();

function forgedError(url: string): Error {
  const ForgedError = class ForgedError extends Error {};
  const known = prototypes.get(`${url} error`);
  if (known === undefined) {
    portable(url, ForgedError);
    prototypes.set(`${url} error`, ForgedError.prototype);
    return new ForgedError('forged');
  }
  return Object.setPrototypeOf(new Error('forged'), known) as Error;
}

export const ways = ['result', 'async', 'error', 'cause', 'yield', 'report'] as const;
export type ForgedWay = (typeof ways)[number];

export const forge = task(import.meta, async function* forge(url: string, way: ForgedWay) {
  if (way === 'error') throw forgedError(url);
  if (way === 'cause') throw new Error('outer', { cause: forged(url) });
  yield [forged(url)];
});

export const forgeResult = task(import.meta, function forgeResult(url: string, way: ForgedWay): unknown {
  switch (way) {
    case 'async':
      return Promise.resolve({ deep: [forged(url)] });
    case 'error':
      throw forgedError(url);
    case 'cause':
      throw new Error('outer', { cause: forged(url) });
    case 'report':
      context().report([forged(url)]);
      return 'reported';
    case 'yield':
    case 'result':
    default:
      return forged(url);
  }
});

export const forgeSetup = task(import.meta, function forgeSetup(url: string): never {
  throw forgedError(url);
});

export const doNothing = task(import.meta, function doNothing(): void {});

/** Dies of it. */
export const forgeDeath = task(import.meta, async function forgeDeath(url: string): Promise<void> {
  setImmediate(() => {
    throw forgedError(url);
  });
  await sleepFor(10_000);
});

/** Writes a batch where only polyloop may, and dies or goes on. */
export const sayForged = task(import.meta, async function sayForged(batch: unknown): Promise<string> {
  if (isMainThread) writeSync(3, encodeFrame(batch as Message[]));
  else (workerData as { port: MessagePort }).port.postMessage(batch, []);
  await sleepFor(50);
  return 'said';
});

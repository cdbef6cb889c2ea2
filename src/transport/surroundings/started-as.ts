// Whether this process or thread was started to be a worker of a pool. The worker end sets `realm.isWorker`; until then, what
// runs here is a module that Node preloads, or a whole program that runs in place of the worker, because `execPath` is that
// program. Neither may start workers: each of them would start as many again.
import { workerData } from 'node:worker_threads';

import { arraySlice, arraySome } from '../../task/arrays.ts';
import { realm } from '../../task/realm.ts';

/** The environment variable that every worker process is started with. */
const depthVariable = 'POLYLOOP_DEPTH';
/** A key of the `workerData` of every worker thread. */
export const threadMark = 'polyloop';
const workerEndPath = /[\\/]transport[\\/]process[\\/]worker-end\.js$/;

const ownData: unknown = workerData;
const isThreadMarked = typeof ownData === 'object' && ownData !== null && Object.hasOwn(ownData, threadMark);
/** Asked when polyloop is loaded, before the program can change its environment. A program that runs in place of the worker may have lost the variable, but is usually given the arguments of the worker. */
const isMarked =
  isThreadMarked ||
  process.env[depthVariable] !== undefined ||
  arraySome(arraySlice(process.argv, 2), (word) => workerEndPath.test(word));

/** What a worker process is started with: how many pools stand above it. */
export function workerMark(): NodeJS.ProcessEnv {
  return { [depthVariable]: String(realm.depth + 1) };
}

/** For the worker end: the worker runs. What its tasks start must not inherit the mark. */
export function becomeWorker(): void {
  realm.isWorker = true;
  if (isThreadMarked) Reflect.deleteProperty(ownData, threadMark);
  delete process.env[depthVariable];
}

/** True where this was started as a worker and its worker end has not begun to run. */
export function isUnbegunWorker(): boolean {
  return isMarked && !realm.isWorker;
}

/** True where the worker end will run after what runs now. */
export function hasWorkerEnd(): boolean {
  return isThreadMarked || workerEndPath.test(process.argv[1] ?? '');
}

// A worker loads the module of a task function; that module must not start a pool of its own by being loaded, or every
// worker would start workers that start workers.
import { NestedPoolError } from '../errors.ts';
import { realm } from '../task/realm.ts';
import { hasWorkerEnd, isUnbegunWorker } from '../transport/surroundings/started-as.ts';

/** Pools in tasks of pools in tasks: more than anyone means, and what runs away is stopped while it is small. */
const deepest = 4;

/** Throws where this is a worker and no task of it asks for the pool, where its worker end has not begun to run, or where pools are nested too deeply. */
export function refuseRunaway(): void {
  if (!realm.isWorker) {
    if (isUnbegunWorker()) refuseUnbegun();
    return;
  }
  if (realm.depth >= deepest) {
    throw new NestedPoolError(
      `Pools are nested ${deepest} deep: a task of a pool started a pool whose task started a pool, and so on. ` +
        'Start one where the program begins, and let tasks return what is left to do.',
    );
  }
  if (realm.contexts.getStore() !== undefined) return;
  realm.refusedPool = new NestedPoolError(
    'A worker loaded this module for its task functions, and the module began to run a pool. ' +
      "Put what starts the program behind `if (isMain(import.meta)) { … }` (import { isMain } from 'polyloop'), so that workers only load the functions.",
  );
  throw realm.refusedPool;
}

let hasSaidWhy = false;

/** Something runs here before the worker does, or in its place. */
function refuseUnbegun(): never {
  if (hasWorkerEnd()) {
    throw new NestedPoolError(
      'A module that Node loads before the worker (`--import`, `--require`, NODE_OPTIONS) began to run a pool. ' +
        'Every worker loads that module too, and would start workers again: let it start no pool, or give the pool `execArgv: []`.',
    );
  }
  const error = new NestedPoolError(
    `A pool started ${process.execPath} as a worker, but it runs this program instead, which began to run a pool: it would start itself again and again. ` +
      "Give the pool `execPath`, the path of a plain Node, or use `kind: 'thread'`.",
  );
  // The pool that started this reads only stderr, and the program may keep the error to itself.
  if (!hasSaidWhy) process.stderr.write(`${String(error)}\n`);
  hasSaidWhy = true;
  throw error;
}

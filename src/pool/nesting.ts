// A worker loads the module of a task function; that module must not start a pool of its own by being loaded, or every
// worker would start workers that start workers.
import { NestedPoolError } from '../errors.ts';
import { realm } from '../task/realm.ts';

/** Throws where this is a worker and no task of it asks for the pool. */
export function refuseOutsideTask(): void {
  if (!realm.isWorker || realm.contexts.getStore() !== undefined) return;
  realm.refusedPool = new NestedPoolError(
    'A worker loaded this module for its task functions, and the module began to run a pool. ' +
      "Put what starts the program behind `if (isMain(import.meta)) { … }` (import { isMain } from 'polyloop'), so that workers only load the functions.",
  );
  throw realm.refusedPool;
}

// A module that holds the loop of a worker for a while as it loads.
import { task } from '../support/task.ts';
import { realm } from '../../src/task/realm.ts';

const heldMs = 2_500;

if (realm.isWorker) for (const end = performance.now() + heldMs; performance.now() < end;);

export const workerAfterLoad = task(import.meta, function workerAfterLoad(): number {
  return process.pid;
});

// @ts-check
import { isMainThread } from 'node:worker_threads';

/** A process by a signal that cannot be caught, a thread by `process.exit`, which ends no more than the thread. */
export function endWorker() {
  if (isMainThread) process.kill(process.pid, 'SIGKILL');
  else process.exit(3);
}

// Workers whose process is stopped as a whole: by SIGSTOP, by a debugger, or with a container that is frozen. Nothing can be taken back
// from such a worker, for not even the thread beside its loop runs.
import type { WorkerHost } from './worker-host.ts';

/** A process of which no part has answered for so long is stopped. */
const stoppedAfterMs = 1_000;

/**
 * To be called now and then for a worker whose loop does not come back. If the worker is stopped and has begun none of the tasks that it has, it is ended, and
 * the tasks run elsewhere, uncounted. What it has begun would be lost with it; then what it has not begun waits with that, until the process goes on or ends.
 */
export function endIfStopped(host: WorkerHost, now: number): void {
  const silentMs = host.stoppedMs(now);
  if (silentMs < stoppedAfterMs || host.tasks.running().size > 0) return;
  host.wasStopped = true;
  host.endBecause(new Error(`its process had been stopped for ${Math.round(silentMs)} ms before it began its tasks`));
}

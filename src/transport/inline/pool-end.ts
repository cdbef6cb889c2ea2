// A "worker" in the caller's own loop, for tests and debugging: one process, one stack, a debugger that sees all of it.
// What crosses is copied all the same, so that code which works here works over processes and threads.
import { queueMicrotask, setImmediate, structuredClone } from '../../task/platform.ts';
import { Claims } from '../../wire/claims.ts';
import type { ToWorker } from '../../wire/messages.ts';
import type { Link, LinkEvents, WorkerSettings } from '../transport.ts';
import { startWorkerHere } from './worker-end.ts';

export function startInline({ mostRuns }: WorkerSettings, events: LinkEvents): Link {
  const claims = Claims.ofTimedRuns(mostRuns);
  let isGone = false;
  const gone = (): void => {
    if (isGone) return;
    isGone = true;
    queueMicrotask(() => events.onExit({ exitCode: 0, signal: null, stderr: '' }));
  };
  const receive = startWorkerHere(
    claims,
    (batch) => {
      if (!isGone) events.onBatch(batch);
    },
    gone,
  );
  return {
    pid: process.pid,
    isCongested: false,
    sharesMemory: true,
    mostBytes: Infinity,
    askBack: ({ number, generation }) => events.onTakenBack(number, claims.takeBack(number, generation)),
    begun: ({ number, generation }) => claims.claimed(number, generation),
    begunAt: ({ number }) => claims.times?.[number] ?? 0,
    send(batch, transfer = []) {
      const copy = structuredClone(batch, { transfer: [...transfer] });
      // In a turn of its own, as from anywhere else: a task that spins must not do so inside `pool.run`.
      setImmediate(() => {
        if (!isGone) receive(copy satisfies ToWorker[]);
      });
    },
    kill: gone,
  };
}

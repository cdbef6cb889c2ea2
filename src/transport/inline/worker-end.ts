// The worker's end where there is no other side: a task worker that lives in the pool's own process.
import { queueMicrotask, structuredClone } from '../../task/platform.ts';
import type { Claims } from '../../wire/claims.ts';
import type { ToPool, ToWorker } from '../../wire/messages.ts';
import { TaskWorker } from '../../worker/task-worker.ts';

/** A task worker here; the result takes its messages. */
export function startWorkerHere(
  claims: Claims,
  send: (batch: ToPool[]) => void,
  end: () => void,
): (batch: ToWorker[]) => void {
  const worker = new TaskWorker({
    send(batch, transfer = []) {
      const copy = structuredClone(batch, { transfer: [...transfer] });
      queueMicrotask(() => send(copy));
    },
    sharesMemory: true,
    mostBytes: Infinity,
    claims,
    claimsOutliveIt: true,
    note: () => true,
    output: undefined,
    isBehind: false,
    whenSent: (then) => then(),
    end() {
      queueMicrotask(end);
    },
  });
  return (batch) => worker.receive(batch);
}

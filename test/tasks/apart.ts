// Functions that take their context apart.
import { context, task } from '../support/task.ts';

export const reportsApart = task(import.meta, async function reportsApart() {
  const { report, transfer, signal, taskId, attempt, worker } = context();
  await new Promise((resolve) => setImmediate(resolve));
  const buffer = new ArrayBuffer(8);
  transfer([buffer]);
  return {
    isTrue: report('apart'),
    isAborted: signal.aborted,
    bytes: buffer.byteLength,
    taskId,
    attempt,
    kind: worker.kind,
  };
});

export function direct(): { isTrue: boolean; taskId: number } {
  const { report, taskId } = context();
  return { isTrue: report(1), taskId };
}

export const countTo = task(import.meta, function* countTo(n: number) {
  for (let at = 1; at <= n; at++) yield at;
});

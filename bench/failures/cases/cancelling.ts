// Tasks that are told to end.
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { comesTrue, endOf, hasValue, told, type Case } from '../case.ts';
import { logged } from '../tasks/log.mjs';

const timeoutMs = 500;
const onTimeMs = 2_000;
const onOneSignal = 1_000;

export const cancelling: Case[] = [
  {
    name: 'cancel',
    question: 'A running task is cancelled: does it hear of it and clean up, and does a task beside it survive?',
    setUp:
      'One warm worker with two tasks at once: one that sleeps for 1 s, and one that is cancelled 100 ms after it started, by an AbortSignal (workerpool: by `promise.cancel()`), and in whose ' +
      '`finally` stands an `await` before it notes that it is done. It must settle, the note must be there within 3 s, and the other task must fulfil. ' +
      'Tasks listen as the peer says: polyloop by `context().signal`, workerpool by `addAbortListener`, tinypool by its `teardown`, which is told to a worker and not to a task. Of piscina, tinypool and workerpool a task that can be cancelled has its worker for itself.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1, atOnce: 2, tellsOfItsEnd: true });
      // Both functions have run before, so that nothing but the pool keeps them apart.
      await Promise.all([pool.run('hold', 1), pool.run('hold', 1)]);
      let isAlone = false;
      const beside = endOf(() => pool.run('hold', 1_000)).finally(() => (isAlone = true));
      const ending = new AbortController();
      const cancelled = endOf(() => pool.run('cleanUp', undefined, { signal: ending.signal }), 10_000);
      found.expect(await comesTrue(() => logged().includes('started')), 'it never started');
      if (isAlone) found.note('it had its worker for itself');
      await sleep(100);
      ending.abort(new Error('enough'));
      const cleans = comesTrue(() => logged().includes('cleaned'), 3_000);
      found.expect((await cancelled).is === 'rejected', `cancelled task ${told(await cancelled)}`);
      found.expect(await cleans, 'the task is not told: its `finally` does not run');
      found.expect(hasValue(await beside, 1_000), `task beside it ${told(await beside)}`);
    },
  },
  {
    name: 'timeout',
    question: 'A timeout on a task that spins: does it reject in time, and is its slot free again?',
    setUp:
      `One warm worker, a task that never gives its loop back, and a time of ${timeoutMs} ms: polyloop by \`timeoutMs\` (and \`graceMs: 500\`), workerpool by \`promise.timeout()\`, the others, which have none, by ` +
      `\`AbortSignal.timeout()\`. It must reject within ${onTimeMs / 1_000} s, and a task after it must run.`,
    async happen(peer, found) {
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const startedAt = performance.now();
      const end = await endOf(() => pool.run('spin', undefined, { timeoutMs }));
      const tookMs = performance.now() - startedAt;
      found.expect(end.is === 'rejected', `task ${told(end)}`);
      if (end.is === 'rejected') found.expect(tookMs < onTimeMs, `it took ${Math.round(tookMs)} ms`);
      const next = await endOf(() => pool.run('increment', 1));
      found.expect(hasValue(next, 2), `slot lost: next task ${told(next)}`);
    },
  },
  {
    name: 'one-signal',
    question: `${onOneSignal.toLocaleString('en-US')} tasks with one AbortSignal: no warning, and no listener left on it?`,
    setUp:
      'One warm worker. All must fulfil, the process must not emit a warning, and 200 ms later the signal must have no listener.',
    notFor: ({ lacks }) => lacks.signal,
    async happen(peer, found) {
      const warnings: Error[] = [];
      process.on('warning', (warning) => warnings.push(warning));
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const { signal } = new AbortController();
      const ends = await Promise.all(
        Array.from({ length: onOneSignal }, (_, n) => endOf(() => pool.run('increment', n, { signal }))),
      );
      const failed = ends.find((end, n) => !hasValue(end, n + 1));
      if (failed !== undefined) found.expect(false, `task ${told(failed)}`);
      await sleep(200);
      for (const name of new Set(warnings.map((warning) => warning.name))) found.expect(false, `it warns: ${name}`);
      const left = getEventListeners(signal, 'abort').length;
      found.expect(left === 0, `${left} listeners left`);
    },
  },
];

// Modules that cannot be loaded.
import { setTimeout as sleep } from 'node:timers/promises';

import { endOf, patienceMs, textOf, told, type Case } from '../case.ts';
import { logged } from '../tasks/log.mjs';

/** More than anybody needs to see that it is of no use. */
const mostWorkers = 10;

export const starts: Case[] = [
  {
    name: 'import-throws',
    question: 'A module that throws when it is imported: does the task reject with what was thrown?',
    setUp:
      'The module with the tasks (for workerpool and poolifier: the worker’s file) throws a `RangeError` as it is loaded. One worker, one task. ' +
      'It must reject, and the error or one of its causes must have the original message.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1, module: 'throws-at-load' });
      const end = await endOf(() => pool.run('increment', 1));
      found.expect(end.is === 'rejected', `task ${told(end)}`);
      if (end.is === 'rejected')
        found.expect(textOf(end).includes('thrown at load'), `the cause is lost: ${told(end)}`);
    },
  },
  {
    name: 'import-kills',
    question: 'A module whose import kills its worker: does the task reject, without workers started over and over?',
    setUp:
      'Loading the module kills the process by SIGKILL, or ends the thread by `process.exit(3)`, after it has written a line to a file. ' +
      `One worker, one task. It must reject, and within 5 s no more than ${mostWorkers} workers may have been started.`,
    async happen(peer, found) {
      const startedAt = performance.now();
      const pool = peer.open({ workers: 1, module: 'dies-at-load' });
      const end = await endOf(() => pool.run('increment', 1));
      await sleep(Math.max(0, patienceMs - (performance.now() - startedAt)));
      const started = logged().length;
      found.expect(end.is === 'rejected', `task ${told(end)}`);
      found.expect(started <= mostWorkers, `${started} workers started in 5 s`);
      if (started <= mostWorkers) found.note(`${started} started`);
    },
  },
];

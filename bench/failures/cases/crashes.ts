// Workers that die under their tasks.
import { setTimeout as sleep } from 'node:timers/promises';

import { endOf, hasValue, textOf, told, type Case } from '../case.ts';
import { logged } from '../tasks/log.mjs';

const innocents = 7;

export const crashes: Case[] = [
  {
    name: 'killed',
    question: 'A worker killed under its task: does the task reject, saying how it died, and does the pool go on?',
    setUp:
      'One warm worker, one task, which after 50 ms kills its process by SIGKILL, or ends its thread by `process.exit(3)`. ' +
      'It must reject, the signal or the exit code must stand in the error, and a task after it must run.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1 });
      await pool.run('increment', 1);
      const end = await endOf(() => pool.run('die'));
      found.expect(end.is === 'rejected', `task ${told(end)}`);
      if (end.is === 'rejected') {
        const how = peer.on === 'process' ? /SIGKILL/ : /code\W{0,5}3\b/i;
        found.expect(how.test(textOf(end)), `how it died is not said: ${told(end)}`);
      }
      const next = await endOf(() => pool.run('increment', 1));
      found.expect(hasValue(next, 2), `pool does not go on: next task ${told(next)}`);
    },
  },
  {
    name: 'killed-queue',
    question: 'The same with five tasks in the queue behind it: do they run?',
    setUp:
      'One warm worker with one task at a time. The killing task and five more are submitted at once; all five must fulfil. Here and in `close` and `terminate` poolifier has its tasks queue.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1, queues: true });
      await pool.run('increment', 1);
      const killing = endOf(() => pool.run('die'));
      const queued = await Promise.all(Array.from({ length: 5 }, (_, n) => endOf(() => pool.run('increment', n))));
      found.expect((await killing).is !== 'pending', `killing task ${told(await killing)}`);
      found.expectAll(
        queued.map((end, n) => [end, n + 1]),
        'queued tasks',
      );
    },
  },
  {
    name: 'killed-company',
    question: 'Eight tasks at once in one worker, one of which kills it: do the other seven fulfil?',
    setUp:
      'One warm worker with eight tasks at once, of which seven sleep for 1 s and one kills the worker when the seven have started. ' +
      "polyloop with `retry: { on: ['crash'] }` (without it, the seven reject as well); no other peer has retries. workerpool and Python, whose workers have one " +
      'task at a time: two workers, on one of which the killing task runs. All seven must fulfil.',
    async happen(peer, found) {
      const pool = peer.open(peer.sharesWorkers ? { workers: 1, atOnce: innocents + 1 } : { workers: 2 });
      // polyloop learns only by and by how many tasks of a function one loop can hold.
      for (let n = 0; n < 5; n++) await Promise.all(Array.from({ length: 8 }, () => pool.run('hold', 1)));
      const options = { retriesCrashes: true };
      const killing = endOf(
        () => (peer.sharesWorkers ? pool.run('dieInCompany', innocents, options) : pool.run('die', undefined, options)),
        12_000,
      );
      const held = Array.from({ length: innocents }, () => endOf(() => pool.run('hold', 1_000, options), 12_000));
      const end = await killing;
      found.expect(end.is === 'rejected', `killing task ${told(end)}`);
      found.expectAll(
        (await Promise.all(held)).map((each) => [each, 1_000]),
        'innocent tasks',
      );
      const company = logged()[0] ?? 'never died';
      if (!peer.sharesWorkers) found.note('two workers, a task each');
      else found.expect(company === `died beside ${innocents}`, `not what was meant: ${company}`);
    },
  },
  {
    name: 'timer-throws',
    question: 'An exception in a timer of a worker: does the task settle, does the pool go on, does the caller live?',
    setUp:
      "One warm worker, told not to stand still between tasks where it can be told (piscina `atomics: 'disabled'`, tinypool `useAtomics: false`). First a task that still " +
      'runs when its timer throws: it must settle, and a task after it must run. Then one that has ended when its timer throws: a task submitted 300 ms later must run.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1, leavesTimers: true });
      await pool.run('increment', 1);
      const end = await endOf(() => pool.run('throwInTimer'));
      found.expect(end.is !== 'pending', `task ${told(end)}`);
      const next = await endOf(() => pool.run('sleep', 50));
      found.expect(hasValue(next, 50), `pool does not go on: next task ${told(next)}`);
      if (!hasValue(next, 50)) return;
      await endOf(() => pool.run('throwLater'));
      await sleep(300);
      const after = await endOf(() => pool.run('sleep', 50));
      found.expect(hasValue(after, 50), `innocent task, after an idle worker threw, ${told(after)}`);
    },
  },
];

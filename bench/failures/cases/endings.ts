// Pools and programs that end.
import { setTimeout as sleep } from 'node:timers/promises';

import { endOf, hasValue, told, type Case } from '../case.ts';
import { isRunning, startProgram } from '../program.ts';

export const endings: Case[] = [
  {
    name: 'close',
    question: 'A graceful close with tasks in flight and queued: do all of them finish?',
    setUp:
      'One warm worker with one task at a time; five tasks of 100 ms, and 50 ms after they were submitted `close()` (workerpool: `terminate()`; poolifier: `destroy()` with 10 s as ' +
      'its `tasksFinishedTimeout`). All five must fulfil, and it must come back.',
    notFor: ({ lacks }) => lacks.close,
    async happen(peer, found) {
      const pool = peer.open({ workers: 1, queues: true, closesGently: true });
      await pool.run('increment', 1);
      const tasks = Array.from({ length: 5 }, () => endOf(() => pool.run('sleep', 100)));
      await sleep(50);
      const closed = await endOf(async () => await pool.close?.());
      const ends = await Promise.all(tasks);
      found.expectAll(
        ends.map((end) => [end, 100]),
        'tasks',
      );
      found.expect(closed.is === 'fulfilled', `closing ${told(closed)}`);
    },
  },
  {
    name: 'terminate',
    question: 'Terminate with tasks in flight and queued: does every promise settle, and is the worker gone?',
    setUp:
      'One warm worker with one task at a time; four tasks that never end, and 100 ms after they were submitted the peer’s way to stop at once. Every promise, and that of the stop, must settle; ' +
      'a worker process must be gone 1 s later.',
    async happen(peer, found) {
      const pool = peer.open({ workers: 1, queues: true });
      const worker = Number(await pool.run('pid'));
      const tasks = Array.from({ length: 4 }, () => endOf(() => pool.run('never')));
      await sleep(100);
      const stopped = await endOf(() => pool.terminate());
      const pending = (await Promise.all(tasks)).filter((end) => end.is === 'pending');
      if (pending[0] !== undefined) found.expect(false, `${pending.length} of 4 tasks ${told(pending[0])}`);
      found.expect(stopped.is === 'fulfilled', `the stop ${told(stopped)}`);
      if (peer.on !== 'process') return;
      await sleep(1_000);
      found.expect(!isRunning(worker), 'child process left behind');
    },
  },
  {
    name: 'parent-killed',
    question: 'The program is killed by SIGKILL while a worker spins: is its worker gone 1 s later?',
    setUp: 'Processes only. A program of its own, one worker, one task that never gives its loop back.',
    notFor: ({ on }) => (on === 'thread' ? 'a thread has no process of its own' : undefined),
    async happen(peer, found) {
      const program = startProgram('parent-killed', peer);
      const worker = Number(await program.firstLine);
      found.expect(isRunning(worker), 'not what was meant: the worker is gone before its parent');
      program.kill('SIGKILL');
      await sleep(1_000);
      found.expect(!isRunning(worker), 'child process left behind');
    },
    async program(peer) {
      const pool = peer.open({ workers: 1 });
      const worker = await pool.run('pid');
      void endOf(() => pool.run('spin'), 60_000);
      await sleep(300);
      console.log(worker);
    },
  },
  {
    name: 'idle',
    question: 'A pool that is idle and was not closed: does the program end by itself?',
    setUp:
      'A program of its own, one worker, one task, and nothing after it. It must end within 5 s, with exit code 0.',
    async happen(peer, found) {
      const ended = await endOf(() => startProgram('idle', peer).ended);
      if (ended.is === 'pending') found.expect(false, 'the program does not end');
      else found.expect(hasValue(ended, 0), `the program’s end: ${told(ended)}`);
    },
    async program(peer) {
      const pool = peer.open({ workers: 1 });
      if ((await pool.run('increment', 1)) !== 2) throw new Error('a wrong result');
    },
  },
];

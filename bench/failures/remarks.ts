// What has to be said beside the table: what a peer documents, and what was tried besides.
import type { Contestant } from './peers/list.ts';

export interface Remark {
  readonly about: Contestant['name'];
  readonly cases: readonly string[];
  /** The peer's own documentation says that it is so. The table says that it does. */
  readonly isDocumented?: boolean;
  readonly says: string;
}

export const remarks: readonly Remark[] = [
  {
    about: 'polyloop',
    cases: ['killed-company'],
    says: 'Without `retry` the seven reject with a `WorkerCrashedError`: a task that had started may have had an effect, so nothing runs twice unasked.',
  },
  {
    about: 'polyloop',
    cases: ['timeout'],
    says: 'With the default `graceMs` it rejects 5 s after its time, for a task is told, and waited for, before its worker is ended. piscina, tinypool and workerpool reject at once, and end the worker behind that.',
  },
  {
    about: 'piscina',
    cases: ['cancel'],
    isDocumented: true,
    says: '“If the task is already running, the corresponding `Worker` thread will be stopped.” (README)',
  },
  {
    about: 'piscina',
    cases: ['error'],
    says: 'The structured clone makes a plain `Error` of one whose `name` is not that of a built-in class. The same goes for tinypool’s and poolifier’s threads.',
  },
  {
    about: 'piscina',
    cases: ['timer-throws'],
    says: "With its default (`atomics: 'sync'`) a timer that an ended task left behind throws in the next task, which fails; its README says that such code is resumed with the next call.",
  },
  {
    about: 'tinypool',
    cases: ['cancel'],
    says: 'With a `teardown` a thread that spins is never ended: the pool waits for its teardown first. So `timeout` is asked without.',
  },
  {
    about: 'tinypool',
    cases: ['killed', 'killed-queue', 'killed-company'],
    says: 'It listens to a thread’s `error` event and not to its `exit`. An uncaught exception is an `error`, and settles (`timer-throws`).',
  },
  {
    about: 'workerpool',
    cases: ['close'],
    isDocumented: true,
    says: '“Any pending tasks will be rejected with an error ‘Pool terminated’.” (README, `Pool.terminate`)',
  },
  {
    about: 'workerpool',
    cases: ['idle'],
    isDocumented: true,
    says: '“terminate all workers when done” (README, examples)',
  },
  {
    about: 'workerpool',
    cases: ['killed-queue'],
    says: 'The queue goes on as soon as another task is submitted; with two workers the other one takes it.',
  },
  {
    about: 'workerpool',
    cases: ['argument'],
    says: 'With the default serialization of its processes (JSON) the function is dropped without a word, and the task runs without it.',
  },
  {
    about: 'poolifier',
    cases: ['import-throws', 'import-kills'],
    says: 'A module that throws is started over and over like one that kills; `restartWorkerOnError: false` makes no difference.',
  },
  {
    about: 'poolifier',
    cases: ['killed', 'killed-queue', 'killed-company', 'timer-throws'],
    says: 'The documentation in its repository promises a `WorkerCrashError`; the newest version on npm, which is asked here, has none.',
  },
  {
    about: 'poolifier',
    cases: ['argument'],
    says: 'With its tasks queue the caller’s process dies of an uncaught `DataCloneError`.',
  },
  {
    about: 'python-executor',
    cases: ['killed', 'killed-queue', 'killed-company'],
    isDocumented: true,
    says: '“When one of the worker processes terminates abruptly, a `BrokenProcessPool` error is now raised.” (Python’s documentation): every task fails, and the pool is at its end.',
  },
];

export function isDocumented(name: string, contestant: Contestant): boolean {
  return remarks.some(
    (remark) => remark.isDocumented === true && remark.about === contestant.name && remark.cases.includes(name),
  );
}

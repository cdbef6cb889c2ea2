// What a task comes to, for each step on its way and each fault that can happen there.
import { NotSerializableError, TaskTimeoutError, WorkerCrashedError, WorkerStartError } from '../../../src/index.ts';
import type { Fault } from '../../tasks/faults.ts';

export type Kind = 'process' | 'thread';

/** What becomes of the task and its worker; or of the program, where the step or the fault is its own. */
export type Fate =
  | { readonly of: 'task'; readonly fulfils: string; readonly worker: 'lives' | 'dies' }
  | { readonly of: 'task'; readonly rejects: ErrorClass; readonly worker: 'lives' | 'dies' }
  | { readonly of: 'program'; readonly ends: 'exits' | 'is killed' | 'hangs' };

type ErrorClass = abstract new (...args: never[]) => Error;

/** For steps that can wait. `never`: it waits for what never comes, and leaves the loop free; `late hang`: it waits, and then holds the loop. */
export type CaseFault = Fault | 'never' | 'late hang';
export type Step = keyof typeof table;

function rejects(error: ErrorClass, worker: 'lives' | 'dies'): Fate {
  return { of: 'task', rejects: error, worker };
}

function answers(worker: 'lives' | 'dies'): Fate {
  return { of: 'task', fulfils: 'answered', worker };
}

function program(ends: 'exits' | 'is killed' | 'hangs'): Fate {
  return { of: 'program', ends };
}

/** A thread has no process of its own to be killed. */
function killed(inProcess: Fate): Record<Kind, Fate> {
  return { process: inProcess, thread: program('is killed') };
}

/** The caller's own doing ends the caller, or holds it. */
const callersOwn = { exit: program('exits'), kill: program('is killed'), hang: program('hangs') };

export const table = {
  'encoding its argument': {
    throw: rejects(NotSerializableError, 'lives'),
    ...callersOwn,
  },
  'loading its module': {
    throw: rejects(WorkerStartError, 'lives'),
    exit: rejects(WorkerStartError, 'dies'),
    kill: killed(rejects(WorkerStartError, 'dies')),
    hang: rejects(WorkerStartError, 'dies'),
    'late hang': rejects(WorkerStartError, 'dies'),
    never: rejects(WorkerStartError, 'lives'),
  },
  'decoding its argument': {
    throw: rejects(NotSerializableError, 'lives'),
    exit: rejects(WorkerCrashedError, 'dies'),
    kill: killed(rejects(WorkerCrashedError, 'dies')),
    hang: rejects(TaskTimeoutError, 'dies'),
  },
  'running it': {
    throw: rejects(RangeError, 'lives'),
    exit: rejects(WorkerCrashedError, 'dies'),
    kill: killed(rejects(WorkerCrashedError, 'dies')),
    hang: rejects(TaskTimeoutError, 'dies'),
    'late hang': rejects(TaskTimeoutError, 'dies'),
    never: rejects(TaskTimeoutError, 'dies'),
  },
  'encoding its result': {
    throw: rejects(NotSerializableError, 'lives'),
    exit: rejects(WorkerCrashedError, 'dies'),
    kill: killed(rejects(WorkerCrashedError, 'dies')),
    hang: rejects(TaskTimeoutError, 'dies'),
  },
  // A result that was sent counts. (A worker that hangs after it is held by nobody's task, so nobody's timeout ends it.)
  'having sent its result': {
    throw: answers('dies'),
    exit: answers('dies'),
    kill: killed(answers('dies')),
  },
  'decoding its result': {
    throw: rejects(NotSerializableError, 'lives'),
    ...callersOwn,
  },
  // By the caller's own handler, in `then`.
  'delivering its result': {
    throw: rejects(RangeError, 'lives'),
    ...callersOwn,
  },
} satisfies Record<string, Partial<Record<CaseFault, Fate | Record<Kind, Fate>>>>;

/** One of each that there is. */
export interface Case {
  readonly step: Step;
  readonly fault: CaseFault;
  readonly kind: Kind;
  readonly concurrency: 1 | 8;
  /** Where the call stands: in the program's own flow, or in a handler of another call's outcome. */
  readonly from: 'outside' | 'a then';
}

export const steps = Object.keys(table) as Step[];

export function casesOf(step: Step): Case[] {
  const faults = Object.keys(table[step]) as CaseFault[];
  return faults.flatMap((fault) =>
    (['process', 'thread'] as const).flatMap((kind) =>
      ([1, 8] as const).flatMap((concurrency) =>
        (['outside', 'a then'] as const).map((from) => ({ step, fault, kind, concurrency, from })),
      ),
    ),
  );
}

export function fateOf({ step, fault, kind }: Case): Fate {
  const row: Partial<Record<CaseFault, Fate | Record<Kind, Fate>>> = table[step];
  const fate = row[fault];
  if (fate === undefined) throw new RangeError(`no ${fault} in ${step}`);
  return 'of' in fate ? fate : fate[kind];
}

const faultVerbs: Record<CaseFault, string> = {
  throw: 'throws',
  exit: 'exits',
  kill: 'kills',
  hang: 'holds the loop',
  'late hang': 'waits and then holds the loop',
  never: 'never settles',
};

/** A sentence behind the step. */
export function titleOf(one: Case): string {
  const fate = fateOf(one);
  const others = one.concurrency === 1 ? 'alone' : 'among seven others';
  const outcome =
    fate.of === 'program'
      ? `the program ${fate.ends === 'hangs' ? 'hangs, is killed,' : fate.ends} and leaves no worker behind`
      : `it ${'fulfils' in fate ? 'fulfils' : `rejects with ${fate.rejects.name}`} and the worker ${fate.worker}`;
  return `${faultVerbs[one.fault]} over ${one.kind}, called ${others} from ${one.from}: ${outcome}`;
}

// Every error that a user of polyloop can catch, split by whose doing it was: the caller's, the task's, the worker's, the pool's end.
// Each has a `code` that never changes and fields for what its message says, so that nobody has to parse text.

/** The caller's doing: an option of a pool or a call is unknown, of the wrong type, or out of range. */
export class InvalidOptionError extends TypeError {
  override readonly name: string = 'InvalidOptionError';
  readonly code: string = 'ERR_INVALID_OPTION';
  /** The option as it was written. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

/** The caller's doing: `task()`, `tasksFrom()` or `portable()` was given something that no worker could find again. */
export class DefinitionError extends TypeError {
  override readonly name: string = 'DefinitionError';
  readonly code: string = 'ERR_DEFINITION';
}

/** The caller's doing: a pool was started where it must not be, for instance by a module that a worker was only loading. */
export class NestedPoolError extends Error {
  override readonly name: string = 'NestedPoolError';
  readonly code: string = 'ERR_NESTED_POOL';
}

/** The caller's doing: the pool was closed or terminated before this task could end. */
export class PoolClosedError extends Error {
  override readonly name: string = 'PoolClosedError';
  readonly code: string = 'ERR_POOL_CLOSED';
}

/** The caller's doing: more was submitted than may wait. */
export class QueueFullError extends Error {
  override readonly name: string = 'QueueFullError';
  readonly code: string = 'ERR_QUEUE_FULL';
  /** How many tasks may wait. */
  readonly maxQueue: number;

  constructor(pool: string, maxQueue: number) {
    super(
      `The queue of pool '${pool}' is full: ${maxQueue} ${maxQueue === 1 ? 'task waits' : 'tasks wait'}, as many as \`maxQueue\` says. ` +
        'Wait for room with `await pool.room()` before each call, or raise `maxQueue`.',
    );
    this.maxQueue = maxQueue;
  }
}

/** The task's doing, or its pool's: it ran for longer than `timeoutMs`, or waited for longer than `queueTimeoutMs` to be started. */
export class TaskTimeoutError extends Error {
  override readonly name: string = 'TaskTimeoutError';
  readonly code: string = 'ERR_TASK_TIMEOUT';
  readonly taskId: number;
  /** Which attempt it was, counted from 1. */
  readonly attempt: number;
  /** The limit that it went over: `timeoutMs` where it ran, `queueTimeoutMs` where it waited. */
  readonly timeoutMs: number;
  /** Whether it was running, or waiting in the queue and never started. */
  readonly phase: 'running' | 'queued';

  constructor(
    message: string,
    timeout: { taskId: number; attempt: number; timeoutMs: number; phase: 'running' | 'queued' },
  ) {
    super(message);
    this.taskId = timeout.taskId;
    this.attempt = timeout.attempt;
    this.timeoutMs = timeout.timeoutMs;
    this.phase = timeout.phase;
  }
}

/** The caller's or the task's doing: an argument, a result or a thrown thing cannot cross to another process or thread. */
export class NotSerializableError extends TypeError {
  override readonly name: string = 'NotSerializableError';
  readonly code: string = 'ERR_NOT_SERIALIZABLE';
  /** Where the value stands, as one would write it: `args[0].user.socket`, `result.rows[3]`. */
  readonly path: string;

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path} cannot cross between workers: ${why}`, options);
    this.path = path;
  }
}

/** A loop, for methods of arrays may have been replaced. */
function listed(names: readonly string[]): string {
  let list = '';
  for (let at = 0; at < names.length; at++) list += `${at === 0 ? '' : ', '}\`${names[at]}\``;
  return list;
}

/** The caller's doing: the module was loaded, but it has no such task function. */
export class TaskNotFoundError extends Error {
  override readonly name: string = 'TaskNotFoundError';
  readonly code: string = 'ERR_TASK_NOT_FOUND';
  readonly url: string;
  /** The name that was asked for. */
  readonly taskName: string;
  /** What the module does offer. */
  readonly offers: readonly string[];

  constructor(url: string, taskName: string, offers: readonly string[]) {
    const offered =
      offers.length === 0
        ? 'it exports no function. Export it'
        : `it exports ${listed(offers)}. Export it, or name one of those`;
    super(`No export \`${taskName}\` in ${url}; ${offered}.`);
    this.url = url;
    this.taskName = taskName;
    this.offers = offers;
  }
}

/** The worker's doing: it could not start, load a module, or set itself up. `cause` is what was thrown there. */
export class WorkerStartError extends Error {
  override readonly name: string = 'WorkerStartError';
  readonly code: string = 'ERR_WORKER_START';
  readonly workerId: number;
  /** Undefined where no process came to life. */
  readonly pid: number | undefined;
  /** The last lines that the worker wrote to its stderr. */
  readonly stderr: string;

  constructor(
    message: string,
    worker: { id: number; pid: number | undefined; stderr: string },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.workerId = worker.id;
    this.pid = worker.pid;
    this.stderr = worker.stderr;
  }
}

/** The worker's doing: it ended while tasks that it had started were not done. */
export class WorkerCrashedError extends Error {
  override readonly name: string = 'WorkerCrashedError';
  readonly code: string = 'ERR_WORKER_CRASHED';
  readonly workerId: number;
  /** The process that ended; for a thread, the process that it lived in. */
  readonly pid: number | undefined;
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** Null where it exited by itself. */
  readonly signal: string | null;
  /** Every task that had started in the worker and had not ended. */
  readonly taskIds: readonly number[];
  /** The task for which the pool ended the worker, for it did not end when it was told to; undefined where the worker died by itself. */
  readonly causedBy: number | undefined;
  /** The last lines that the worker wrote to its stderr. */
  readonly stderr: string;

  constructor(
    message: string,
    crash: {
      workerId: number;
      pid: number | undefined;
      exitCode: number | null;
      signal: string | null;
      taskIds: readonly number[];
      causedBy?: number | undefined;
      stderr: string;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.workerId = crash.workerId;
    this.pid = crash.pid;
    this.exitCode = crash.exitCode;
    this.signal = crash.signal;
    this.taskIds = crash.taskIds;
    this.causedBy = crash.causedBy;
    this.stderr = crash.stderr;
  }
}

/** Ours: something happened that the code says cannot. */
export class PolyloopBugError extends Error {
  override readonly name: string = 'PolyloopBugError';
  readonly code: string = 'ERR_POLYLOOP_BUG';

  constructor(what: string) {
    super(`This is a bug in polyloop, please report it: ${what}.`);
  }
}

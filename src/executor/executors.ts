// The article's executors, as a thin layer on Pool: tasks are objects, `executeTasks` runs them over processes.
import { InvalidOptionError } from '../errors.ts';
import { isWholeNumber } from '../runner/check-options.ts';
import { bindMethods } from '../task/detachable.ts';
import { task } from '../task/task-function.ts';
import { Pool } from '../pool/pool.ts';
import type { AsyncTask, Task } from './tasks.ts';

const runTask = task(import.meta, function runTask(given: { run(): unknown }): unknown {
  return given.run();
});

/** More at once in one process than anyone has sockets for. */
const mostAtOnce = 10_000;

/**
 * Runs synchronous tasks over processes, one at a time in each.
 *
 * In the article this class waits for each task before it starts the next (`pool.apply`), so nothing runs in parallel there.
 * Here as many run at once as there are processes.
 */
export class ParallelTaskExecutor {
  readonly #numProcesses: number;

  /** @throws {InvalidOptionError} `numProcesses` is not a whole number, 1 or more. */
  constructor(numProcesses: number) {
    this.#numProcesses = checkedCount(numProcesses);
    bindMethods(this, ['executeTasks']);
  }

  /**
   * Runs all tasks; resolves with their results, in the order of the tasks. Where one throws, the others are stopped, and
   * it rejects with what was thrown. The processes start with the call and end with it.
   */
  executeTasks<Result>(tasks: Iterable<Task<Result>>): Promise<Result[]> {
    return execute(tasks, this.#numProcesses, 1);
  }
}

/** Runs asynchronous tasks over processes, all of them at once: each process has an event loop of its own, and runs its share in it. */
export class ParallelAsyncTaskExecutor {
  readonly #numProcesses: number;

  /** @throws {InvalidOptionError} `numProcesses` is not a whole number, 1 or more. */
  constructor(numProcesses: number) {
    this.#numProcesses = checkedCount(numProcesses);
    bindMethods(this, ['executeTasks']);
  }

  /**
   * Runs all tasks; resolves with their results, in the order of the tasks. Where one throws, the others are stopped, and
   * it rejects with what was thrown. The processes start with the call and end with it.
   */
  executeTasks<Result>(tasks: Iterable<AsyncTask<Result>>): Promise<Result[]> {
    return execute(tasks, this.#numProcesses, mostAtOnce);
  }
}

async function execute<Result>(
  tasks: Iterable<{ run(): Result | Promise<Result> }>,
  workers: number,
  concurrency: number,
): Promise<Result[]> {
  const pool = new Pool({ workers, concurrency });
  try {
    return (await pool.map(runTask, tasks).toArray()) as Result[];
  } finally {
    await pool.close();
  }
}

function checkedCount(numProcesses: number): number {
  if (isWholeNumber(numProcesses, 1)) return numProcesses;
  throw new InvalidOptionError(
    'numProcesses',
    `\`numProcesses\` takes a whole number, 1 or more; it was given ${String(numProcesses)} (${typeof numProcesses}).`,
  );
}

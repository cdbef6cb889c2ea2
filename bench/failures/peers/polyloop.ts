import { Pool, tasksFrom, type TaskFunction } from '../../../src/index.ts';
import type { OpenPool, Peer, RunOptions, Shape, TaskName, Tasks } from './peer.ts';
import { cleanUp, ImageError, throwRich } from './polyloop-tasks.ts';

type AnyTask = TaskFunction<(input: unknown) => unknown>;

/** Where telling the task, or its error's class, is polyloop's own. */
const ownTasks: Partial<Record<TaskName, unknown>> = { cleanUp, throwRich };

const polyloop = (on: Peer['on']): Peer => ({
  name: 'polyloop',
  on,
  sharesWorkers: true,
  lacks: {},
  ImageError,
  open({ workers, atOnce = 1, module = 'tasks' }: Shape): OpenPool {
    // What does not end when it is told to is given 5 s by default, which is longer than these cases wait.
    const pool = new Pool({ kind: on, workers, concurrency: atOnce, graceMs: 500 });
    const tasks = tasksFrom<Tasks>(new URL(`../tasks/${module}.mjs`, import.meta.url));
    return {
      run(name, input, { signal, timeoutMs, retriesCrashes = false }: RunOptions = {}) {
        const runner = pool.with({
          ...(signal !== undefined && { signal }),
          ...(timeoutMs !== undefined && { timeoutMs }),
          ...(retriesCrashes && { retry: { on: ['crash'] } }),
        });
        return runner.run((ownTasks[name] ?? tasks[name]) as AnyTask, input);
      },
      close: () => pool.close(),
      terminate: () => pool.terminate(),
    };
  },
});

export const peers = [polyloop('process'), polyloop('thread')];

// What a peer is here: somebody's pool behind one interface, so that a case is written once and asks all of them for
// the same. What a peer has no way to do it says, and why; it is not held against it.
export type Tasks = typeof import('../tasks/tasks.mjs');
export type TaskName = keyof Tasks;

export interface Peer {
  readonly name: string;
  readonly on: 'process' | 'thread';
  /** Whether one worker can have many tasks at once. */
  readonly sharesWorkers: boolean;
  /** Why there is no such thing. */
  readonly lacks: { readonly signal?: string; readonly close?: string };
  /** The class by which the caller knows the error of `throwRich`. */
  readonly ImageError: new (...args: never[]) => Error;
  open(shape: Shape): OpenPool;
}

export interface Shape {
  readonly workers: number;
  /** The most tasks at once in one worker. Default: 1. */
  readonly atOnce?: number;
  /** The module of the tasks, or one that fails as it is loaded. */
  readonly module?: 'tasks' | 'throws-at-load' | 'dies-at-load';
  /** Tasks leave timers behind: where workers sleep between tasks, they are told not to. */
  readonly leavesTimers?: boolean;
  /** More tasks than run at once: where waiting has to be asked for, it is. */
  readonly queues?: boolean;
  /** A task will be cancelled: where a worker can be told before it is ended, it is. */
  readonly tellsOfItsEnd?: boolean;
  /** It will be closed, and has time for that. */
  readonly closesGently?: boolean;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Tasks that a crash took along are tried again, where the peer knows how. */
  readonly retriesCrashes?: boolean;
}

export interface OpenPool {
  run(task: TaskName, input?: unknown, options?: RunOptions): Promise<unknown>;
  /** Refuses new tasks, finishes those that it has. */
  close?(): Promise<unknown>;
  terminate(): Promise<unknown>;
}

/** For peers that have a signal and no timeout: what their users write. */
export function signalOf({ signal, timeoutMs }: RunOptions): { signal?: AbortSignal } {
  if (timeoutMs !== undefined) return { signal: AbortSignal.timeout(timeoutMs) };
  return signal === undefined ? {} : { signal };
}

/** An event named 'error' that nobody listens to ends the program. All of these peers say so, so all are listened to. */
export function ignore(): void {}

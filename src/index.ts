// The public names, and nothing else.
export {
  DefinitionError,
  InvalidOptionError,
  NestedPoolError,
  NotSerializableError,
  PolyloopBugError,
  PoolClosedError,
  QueueFullError,
  TaskNotFoundError,
  TaskTimeoutError,
  WorkerCrashedError,
  WorkerStartError,
} from './errors.ts';
export { context, type TaskContext, type Transferable, type WorkerInfo, type WorkerKind } from './task/context.ts';
export type { FailureKind, Key, Reporter } from './task/submission.ts';
export { isMain } from './task/is-main.ts';
export type { ModuleLocation } from './task/module-url.ts';
export { fromWire, portable, toWire } from './task/portable.ts';
export { task, type CannotCross, type TaskFunction, type TaskOf, type TaskReference } from './task/task-function.ts';
export { tasksFrom, type TasksOf } from './task/tasks-from.ts';
export type { MapFailure, Results, Settled } from './runner/results.ts';
export type { Backoff, RetryOptions } from './runner/retry.ts';
export type { RunOptions } from './runner/run-options.ts';
export type { MapOptions, Runner, Streamed } from './runner/runner.ts';
export type { StreamCall } from './runner/stream.ts';
export type { AnySource } from './runner/source.ts';
export type { PoolOptions, RecycleOptions, TaskCall, WorkerOutput } from './pool/options.ts';
export { Pool } from './pool/pool.ts';
export type { PropagateOptions } from './pool/propagation.ts';
export type { WorkerOptions } from './pool/worker-options.ts';
export type { RateOptions } from './pool/rate.ts';
export type { Quantiles } from './pool/histogram.ts';
export type {
  Counts,
  FunctionStats,
  PoolState,
  PoolStats,
  RunningTasks,
  WorkerFunctionStats,
  WorkerStats,
} from './pool/stats.ts';
export type { ChannelWorker, TaskTrace, WorkerRecycled, WorkerResponse, WorkerTrace } from './pool/channels.ts';
export { ParallelAsyncTaskExecutor, ParallelTaskExecutor } from './executor/executors.ts';
export { AsyncTask, Task } from './executor/tasks.ts';

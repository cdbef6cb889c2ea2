// What is told of one run, while it runs or from its job log later: whatever is shown of a run is made from this alone.

export interface History {
  /** As it was written: `./title.ts#fetchTitle`. */
  readonly fn: string;
  /** The files of inputs, as they were written; none is stdin. */
  readonly files: readonly string[];
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly ending: Ending;
  /** The options that were given, as they would be written, and what it ran on. */
  readonly options: readonly (readonly [name: string, value: string])[];
  /** In the order in which they ended. */
  readonly ends: readonly TaskEnd[];
  /** In the order of time; about one a second. */
  readonly samples: readonly Sample[];
  /** Where the run was stopped and went on later, after how many milliseconds of work. */
  readonly resumedAtMs: readonly number[];
}

/** `unknown`: the program was killed, or still runs. */
export type Ending = 'done' | 'halted' | 'interrupted' | 'failed' | 'unknown';

/** How the task of one input ended. Times are milliseconds since the run began. */
export interface TaskEnd {
  readonly seq: number;
  /** The input; the beginning and the end of one that is long. */
  readonly input: string;
  readonly ok: boolean;
  readonly attempts: number;
  /** The worker of the last attempt; 0 where there was none. */
  readonly worker: number;
  /** When the last attempt began to run, and for how long it did. */
  readonly startMs: number;
  readonly ms: number;
  /** How long it had waited between being read and that. */
  readonly waitMs: number;
  /** It is not known when it began, for its worker has died: both times are 0, and `startMs` is when the failure was known. */
  readonly isUntimed?: true;
  /** Only of what failed. */
  readonly error?: EndError;
}

export interface EndError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** The workers at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly queued: number;
  readonly workers: readonly WorkerSample[];
}

export interface WorkerSample {
  readonly id: number;
  readonly inFlight: number;
  /** Which part of the time its loop was at work, from 0 to 1. */
  readonly utilization: number;
  readonly lagMs: number;
  readonly rssBytes: number;
}

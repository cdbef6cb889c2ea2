// The contract of what carries messages between a pool and one worker. A transport carries and decides nothing.
import type { ResourceLimits } from 'node:worker_threads';

import type { Transferable } from '../task/context.ts';
import type { RunKey } from '../wire/claims.ts';
import type { ToPool, ToWorker } from '../wire/messages.ts';

/** Starts a worker. Never throws: what goes wrong is told by `onExit`. */
export type Transport = (settings: WorkerSettings, events: LinkEvents) => Link;

export interface WorkerSettings {
  /** Shown by tools that list threads and processes. */
  readonly name: string;
  /** Added to the environment of the pool's process; or the workers share that. */
  readonly env: Readonly<Record<string, string | undefined>> | 'share' | undefined;
  /** What `process.argv` of the worker has from the third on. */
  readonly argv: readonly string[];
  /** The most runs that it may have at a time. */
  readonly mostRuns: number;
  /** The program that runs a worker process; where undefined, the one that runs here. */
  readonly execPath: string | undefined;
  /** The file that the worker starts with; where undefined, polyloop's own. */
  readonly entry: URL | undefined;
  /** Flags of `node` for the worker; where undefined, those that this process was started with. */
  readonly execArgv: readonly string[] | undefined;
  /** What relative paths in `env` and `execArgv` start from. */
  readonly folder: string | undefined;
  /** How long it has to leave when it has closed its channels. */
  readonly graceMs: number;
  /** The most memory that it may use. */
  readonly resourceLimits: ResourceLimits | undefined;
  /** Takes what it prints; where undefined, that goes where this process prints. */
  readonly onOutput: ((stream: OutputStream, chunk: Uint8Array) => void) | undefined;
}

export type OutputStream = 'stdout' | 'stderr';

export interface LinkEvents {
  /** Messages of the worker, in the order in which it sent them. Not after `onExit`. */
  onBatch(batch: ToPool[]): void;
  /** The worker will start no task of the run from this place on that it has not started before. */
  onTakenBack(run: number, from: number): void;
  /** The link takes messages again after it was congested. */
  onDrain(): void;
  /** Once, after the last message: the worker is gone. `begun` can be asked until it returns. */
  onExit(exit: WorkerExit): void;
}

export interface Pulse {
  /** To be called now and then while the loop of the worker does not come back. For how long no part of it has answered, in milliseconds. */
  look(now: number): number;
}

/** How a worker ended. */
export interface WorkerExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What kept it from starting, or ended it, where the transport knows. */
  readonly error?: unknown;
  /** The last lines of its stderr. */
  readonly stderr: string;
}

/** The pool's end of one worker's transport. It never keeps the program alive by itself. */
export interface Link {
  readonly pid: number | undefined;
  /** A SharedArrayBuffer can cross. */
  readonly sharesMemory: boolean;
  /** The most bytes of one value. */
  readonly mostBytes: number;
  /** Asks for what has not been started of a run; `onTakenBack` answers, unless the worker ends first. */
  askBack(run: RunKey): void;
  /** How many tasks of a run, counted from the first, the worker has begun to start as far as the transport can tell; it can also when the worker is gone. */
  begun(run: RunKey): number;
  /** When the last of these began, on the machine's clock, where the run is timed. */
  begunAt(run: RunKey): number;
  /** Sends messages as one. Throws where a payload cannot be encoded; then nothing was sent. */
  send(batch: ToWorker[], transfer?: readonly Transferable[]): void;
  /** Whether the worker runs at all; undefined where it cannot be stopped apart from this process. */
  readonly pulse?: Pulse;
  /** True while the worker reads more slowly than we write: give it nothing more, or our memory grows. */
  readonly isCongested: boolean;
  /** Ends the worker now, whatever it does. `onExit` follows. */
  kill(): void;
}

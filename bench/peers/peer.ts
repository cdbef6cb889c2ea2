// What a peer is: somebody else's way to run the same tasks (or ours), behind one interface, so that a measure is
// written once and no peer is asked for anything in another way than the others.
import type { MeasureName } from '../measures/measure.ts';

/** `inline`: in the caller's own loop, without workers. */
export type Transport = 'thread' | 'process' | 'inline';

export type Tasks = typeof import('./tasks.mjs');
export type TaskName = keyof Tasks;
export type Input<Name extends TaskName> = Parameters<Tasks[Name]>[0];
export type Output<Name extends TaskName> = Awaited<ReturnType<Tasks[Name]>>;

export type Peer = PoolPeer | OwnPeer;

interface AnyPeer {
  readonly name: string;
  readonly transport: Transport;
  /** What it is measured in. What it has no way to do is not held against it. */
  readonly measures: readonly MeasureName[];
  /** Fewer tasks, where it would only be busy longer with more of them. Rates are compared, not times. */
  readonly fewerTasks?: Partial<Record<MeasureName, number>>;
}

/** A pool in Node: the measures call it. */
export interface PoolPeer extends AnyPeer {
  readonly how: 'pool';
  /** As from its constructor: workers may still be starting. */
  open(shape: PoolShape): OpenPool;
}

/** What can only measure itself: another language, or no pool at all. It answers with the figures of that measure. */
export interface OwnPeer extends AnyPeer {
  readonly how: 'own';
  measure(measure: MeasureName, tasks: number): Promise<Record<string, number>>;
}

export interface PoolShape {
  readonly workers: number;
  /** The most tasks at once in one worker, where the peer has such an option. Default: the peer's own. */
  readonly concurrency?: number;
  /** Buffers will cross; some peers need another serialization for them than the one that is best for small values. */
  readonly hasBuffers?: boolean;
}

export interface OpenPool {
  /** Resolves when every worker has run a task (`who`, and no other). */
  ready(): Promise<unknown>;
  /** Binds what can be bound once, so that a measure times calls only. */
  call<Name extends TaskName>(task: Name): (input: Input<Name>) => Promise<Output<Name>>;
  /** Runs a task for each input, by the peer's own means for that. */
  map?<Name extends TaskName>(task: Name, inputs: readonly Input<Name>[]): Promise<Output<Name>[]>;
  /** There and back without a copy. */
  move?(buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<unknown>;
}

/** Whatever Node pools do: most can do all that needs no way of their own for many inputs at once. */
export const nodePoolMeasures = [
  'submit',
  'callers',
  'latency',
  'speedup',
  'fresh-spins',
  'behind',
  'objects',
  'buffers',
  'pending',
  'start',
  'handlers',
] as const satisfies readonly MeasureName[];

const upWithinMs = 20_000;

/** Asks until every worker has answered; for pools that cannot be asked for each. */
export async function everyWorkerAnswered(ask: () => Promise<string>, workers: number): Promise<void> {
  const seen = new Set<string>();
  const giveUpAt = performance.now() + upWithinMs;
  while (seen.size < workers) {
    if (performance.now() > giveUpAt) {
      throw new Error(`Only ${seen.size} of ${workers} workers answered within ${upWithinMs} ms.`);
    }
    // Many at once, or the worker that is up first would answer them all.
    for (const name of await Promise.all(Array.from({ length: 32 * workers }, ask))) seen.add(name);
  }
}

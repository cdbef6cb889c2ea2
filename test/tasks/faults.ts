// Faults at every step of a task's way. What it imports every worker has loaded already, so that it loads at once: some
// cases give a module little time.
import { writeSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { context } from '../../src/task/context.ts';
import { fromWire, portable, toWire } from '../../src/task/portable.ts';
import { task } from '../../src/task/task-function.ts';

export type Fault = 'throw' | 'exit' | 'kill' | 'hang';

export const exitCode = 7;
/** What a program writes before it hangs, where it has this variable. Its workers have it too. */
export const holdMark = 'held\n';
export const markVariable = 'POLYLOOP_FAULT_CASE';

export function commit(fault: Fault): void {
  switch (fault) {
    case 'throw':
      throw new RangeError('thrown on purpose');
    case 'exit':
      process.exit(exitCode);
      break;
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      break;
    case 'hang':
      if (process.env[markVariable] !== undefined) writeSync(1, holdMark);
      // Holds the loop as `for (;;)` would, and leaves the processor to others.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}

/** Commits a fault as it is encoded, or as it is decoded. */
export class Parcel {
  static {
    portable(import.meta, this);
  }
  readonly #encoding: Fault | undefined;
  readonly #decoding: Fault | undefined;

  constructor(faults: { encoding?: Fault; decoding?: Fault }) {
    this.#encoding = faults.encoding;
    this.#decoding = faults.decoding;
  }

  [toWire](): { decoding?: Fault } {
    if (this.#encoding !== undefined) commit(this.#encoding);
    return this.#decoding === undefined ? {} : { decoding: this.#decoding };
  }

  static [fromWire](state: { decoding?: Fault }): Parcel {
    if (state.decoding !== undefined) commit(state.decoding);
    return new Parcel({});
  }
}

export const takeParcel = task(import.meta, function takeParcel(_parcel: Parcel): string {
  return 'taken';
});

export const giveParcel = task(
  import.meta,
  function giveParcel(faults: { encoding?: Fault; decoding?: Fault }): Parcel {
    return new Parcel(faults);
  },
);

export const commitFault = task(import.meta, async function commitFault(fault: Fault): Promise<void> {
  commit(fault);
});

export const hangLate = task(import.meta, async function hangLate(): Promise<void> {
  await sleepFor(10);
  commit('hang');
});

export const neverSettle = task(import.meta, function neverSettle(): Promise<never> {
  return new Promise(() => {});
});

/** Its result has been sent when the fault happens. */
export const answerThenCommit = task(import.meta, function answerThenCommit(fault: Fault): string {
  // What a turn of the loop has brought goes out in an immediate, and at once where nothing else runs.
  setImmediate(() => setImmediate(() => commit(fault)));
  return 'answered';
});

const released: (() => void)[] = [];

/** An innocent neighbour: waits until it is released. In a second attempt it does not, for then it may be alone. */
export const wait = task(import.meta, async function wait(n: number): Promise<number> {
  if (context().attempt === 1) await new Promise<void>((resolve) => released.push(resolve));
  return n;
});

export const countWaiting = task(import.meta, function countWaiting(): number {
  return released.length;
});

export const release = task(import.meta, function release(): void {
  for (const resolve of released.splice(0)) resolve();
});

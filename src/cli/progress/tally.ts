// What a run has come to so far: counted, and measured, in a memory that does not grow with it.
import { createHistogram } from 'node:perf_hooks';

import { msOf, toldOf, type Ended } from '../ended.ts';

/** An input that stands for others. */
export interface Example {
  readonly seq: number;
  readonly shown: string;
}

export interface Slow extends Example {
  readonly ms: number;
}

export interface FailureKind {
  readonly what: string;
  count: number;
  readonly example: Example;
}

const slowestKept = 3;
const kindsKept = 100;

export class Tally {
  fulfilled = 0;
  failed = 0;
  /** In microseconds. */
  readonly #runTimes = createHistogram();
  #slowest: Slow[] = [];
  readonly #kinds = new Map<string, FailureKind>();
  /** Failures of kinds beyond those that are kept. */
  otherFailures = 0;

  get ended(): number {
    return this.fulfilled + this.failed;
  }

  add(ended: Ended): void {
    const { seq, shown } = ended.pulled;
    const ms = msOf(ended);
    if (ms !== undefined) this.#addTime({ seq, shown, ms });
    if (ended.ok) this.fulfilled++;
    else {
      this.failed++;
      this.#addFailure(ended.error, { seq, shown });
    }
  }

  /** Of so many it is known how long they ran. */
  get timed(): number {
    return this.#runTimes.count;
  }

  /** In milliseconds; of a share from 0 to 1 of the calls. */
  runMs(share: number): number {
    return this.#runTimes.count === 0 ? 0 : this.#runTimes.percentile(share * 100) / 1_000;
  }

  get slowest(): readonly Slow[] {
    return this.#slowest;
  }

  /** The most frequent first. */
  get failureKinds(): readonly FailureKind[] {
    return [...this.#kinds.values()].toSorted((one, other) => other.count - one.count);
  }

  #addTime(slow: Slow): void {
    const { ms } = slow;
    this.#runTimes.record(Math.max(1, Math.round(ms * 1_000)));
    const last = this.#slowest[slowestKept - 1];
    if (last !== undefined && ms <= last.ms) return;
    this.#slowest.push(slow);
    this.#slowest = this.#slowest.toSorted((one, other) => other.ms - one.ms).slice(0, slowestKept);
  }

  #addFailure(json: string, example: Example): void {
    const { name, message } = toldOf(json);
    const what = `${name}: ${message.split('\n')[0] ?? ''}`;
    // What differs in numbers and names alone is of one kind.
    const key = what.replaceAll(/\d+|(["'`]).*?\1/g, '#');
    const kind = this.#kinds.get(key);
    if (kind !== undefined) kind.count++;
    else if (this.#kinds.size < kindsKept) this.#kinds.set(key, { what, count: 1, example });
    else this.otherFailures++;
  }
}

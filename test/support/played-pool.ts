// A pool that is played by the test: it gives a worker runs, and keeps what the worker says.
import assert from 'node:assert/strict';

import type { TaskFunction } from '../../src/index.ts';
import { referenceOf } from '../../src/task/task-function.ts';
import { Claims, type RunKey } from '../../src/wire/claims.ts';
import { machineNow } from '../../src/wire/machine-clock.ts';
import {
  endStride,
  PLAIN,
  reportStride,
  type Run,
  type ToPool,
  type ToWorker,
  type Turn,
} from '../../src/wire/messages.ts';
import type { PoolPort } from '../../src/worker/outbox.ts';
import { TaskWorker } from '../../src/worker/task-worker.ts';
import { watched } from '../tasks/watched.ts';
import { until } from './pools.ts';

export const runNumber = 2;
export const generation = 1;
export const firstId = 500;

/** How the pool knows what a worker that is gone had started. */
export type Telling = 'claims' | 'notes' | 'messages';

export class PlayedPool implements PoolPort {
  readonly sent: ToPool[] = [];
  readonly noted: { count: number; called: number }[] = [];
  readonly mostBytes = Infinity;
  readonly sharesMemory = false;
  readonly claims = Claims.ofRuns(8);
  readonly claimsOutliveIt: boolean;
  readonly canNote: boolean;
  readonly output = undefined;
  isBehind = false;
  #whenSent: (() => void)[] = [];
  readonly #worker: TaskWorker;

  constructor(how: Telling, concurrency: number) {
    this.claimsOutliveIt = how === 'claims';
    this.canNote = how === 'notes';
    this.#worker = new TaskWorker(this);
    const start = { type: 'start', worker: 3, kind: 'inline', depth: 1, concurrency, graceMs: 5_000 } as const;
    this.give({ ...start, forms: [PLAIN, PLAIN], setup: undefined, teardown: undefined, restore: undefined });
  }

  give(...batch: ToWorker[]): void {
    this.#worker.receive(batch);
  }

  /** Gives it a run of so many tasks, called with their places. */
  run(fn: TaskFunction, count: number, number = runNumber, stays = false, more: Pick<Run, 'timed'> = {}): void {
    const { url, name } = referenceOf(fn, 'the test');
    const payload = Array.from({ length: count }, (_, place) => place);
    const ids = { fn: 0, attempt: 1, arity: 1, stays, ids: firstId, sentAt: machineNow() };
    this.give(
      { type: 'define', fn: 0, url, name },
      { type: 'run', run: number, generation, count, payload, ...ids, ...more },
    );
  }

  send(batch: ToPool[]): void {
    this.sent.push(...structuredClone(batch));
  }

  note(_run: RunKey, count: number): boolean {
    this.noted.push({ count, called: watched.called.length });
    return this.canNote;
  }

  whenSent(then: () => void): void {
    this.#whenSent.push(then);
  }

  /** What was sent has left. */
  hasSent(): void {
    this.isBehind = false;
    for (const then of this.#whenSent.splice(0)) then();
  }

  end(): void {}

  get turns(): Turn[] {
    return this.sent.filter((message) => message.type === 'turn');
  }

  /** How many tasks have ended. */
  get ended(): number {
    return this.turns.reduce((sum, { payload = [] }) => sum + payload.length, 0);
  }

  /** The value or packed error of each task, by place. */
  get outcomes(): Map<number, { kind: number; value: unknown }> {
    const outcomes = new Map<number, { kind: number; value: unknown }>();
    for (const { ends, payload = [] } of this.turns) {
      let at = 0;
      for (let entry = 0; entry < ends.length; entry += endStride) {
        const [, place = -1, count = 0, kind = -1] = ends.slice(entry, entry + endStride);
        for (let step = 0; step < count; step++) {
          assert.ok(!outcomes.has(place + step), `place ${place + step} ended twice`);
          outcomes.set(place + step, { kind, value: payload[at++] });
        }
      }
      assert.equal(at, payload.length);
    }
    return outcomes;
  }

  /** For each report: the run, how many have started, and what becomes of the rest. */
  get reports(): number[][] {
    return this.turns.flatMap(({ reports }) =>
      Array.from({ length: reports.length / reportStride }, (_, at) =>
        reports.slice(reportStride * at, reportStride * at + 3),
      ),
    );
  }

  allEnded(count: number): Promise<void> {
    return until(() => this.ended === count, `${count} tasks have ended, but ${this.ended} have`);
  }
}

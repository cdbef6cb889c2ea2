// One round: a pool, work of all kinds in it, as many at once as it takes, and the end of the pool while they run. Everything must
// settle, once, with what its kind allows.
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { Pool, PoolClosedError, WorkerStartError } from '../../src/index.ts';
import { choose, kindsFor } from './kinds.ts';
import { Notes } from './notes.ts';
import { Killer } from './start-killer.ts';
import type { Tally } from './tally.ts';
import { notesVariable, tiny } from './tasks.ts';
import { between, inWords, isCrash, type End, type FarKind, type Kind, type Scene, type Work } from './work.ts';

export interface RoundPlan {
  readonly kind: FarKind;
  readonly workers: number;
  readonly ms: number;
  /** How its pool ends: after all that it was given, or at once. */
  readonly end: 'close' | 'terminate';
  readonly chance: () => number;
  readonly tally: Tally;
}

interface Outstanding {
  readonly kind: Kind;
  readonly work: Work;
  readonly since: number;
}

/** What a worker may take before it dies of it. */
export const maxOldGenerationSizeMb = 64;
/** Nothing that is chosen takes nearly as long, also on a machine with much else to do. */
const longestHangMs = 60_000;
const shortestHangMs = 40_000;
const lookMs = 250;

export class Round implements Scene {
  readonly pool: Pool;
  readonly chance: () => number;
  /** None where there are no processes to kill. */
  readonly killer: Killer | undefined;
  readonly #plan: RoundPlan;
  readonly #hangMs: number;
  readonly #notes = new Notes();
  readonly #outstanding = new Set<Outstanding>();
  readonly #terminated = Object.assign(new Error('the round is over'), { name: 'Terminated' });
  readonly #deadlyKinds: readonly Kind[];
  readonly #kinds: readonly Kind[];
  /** Tasks that must not have begun, and those that crashed, of which nearly all must have. */
  readonly #neverBegan = new Set<number>();
  readonly #crashed = new Map<number, string>();
  #ids = 0;
  /** Since when its pool has been told to end, on the clock of `performance.now()`. */
  #endingSince = Infinity;
  /** No worker was started for something, and none will be for a moment: there is no point in asking a thousand times. */
  #isRefused = false;
  #wake = (): void => {};

  constructor(plan: RoundPlan) {
    this.#plan = plan;
    this.#hangMs = Math.max(shortestHangMs, Math.min(longestHangMs, 10 * plan.ms));
    this.chance = plan.chance;
    this.#kinds = kindsFor(plan.kind, false);
    this.#deadlyKinds = kindsFor(plan.kind, true);
    const pick = <T>(...these: readonly [T, ...T[]]): T => these[between(plan.chance, 0, these.length - 1)] ?? these[0];
    this.pool = new Pool({
      kind: plan.kind,
      workers: plan.workers,
      concurrency: pick(1, 4, 16, 64),
      // Longer than any task goes on that ends by itself.
      graceMs: pick(500, 1_000),
      resourceLimits: { maxOldGenerationSizeMb },
      env: { [notesVariable]: this.#notes.path },
      name: 'chaos',
    });
    const hasWorked = (ofPid: number): boolean =>
      this.pool.stats().workers.some(({ pid, ended }) => pid === ofPid && ended > 0);
    this.killer = plan.kind === 'process' ? new Killer(Math.floor(plan.chance() * 1e9), hasWorked) : undefined;
  }

  // A field, for kinds of work take it out of the scene.
  readonly newId = (): number => ++this.#ids;

  isExcused(reason: unknown): boolean {
    const isEnding = this.#endingSince < Infinity;
    if (isEnding && (reason === this.#terminated || reason instanceof PoolClosedError)) return true;
    if (!(reason instanceof WorkerStartError) || this.killer?.mayHaveRefused !== true) return false;
    this.#isRefused = true;
    this.#plan.tally.excuse(reason.message.replaceAll(/\d+/g, 'N'));
    return true;
  }

  describe(): string {
    const { submitted, fulfilled, failed, workers } = this.pool.stats();
    return `${submitted} tasks, ${fulfilled} fulfilled, ${failed} failed, ${this.#outstanding.size} works outstanding, ${workers.length} workers`;
  }

  /** Resolves when its pool is gone and everything has been looked at. */
  async play(): Promise<void> {
    const watchdog = setInterval(() => this.#watch(), lookMs);
    const { end, tally } = this.#plan;
    try {
      await this.#submit();
      this.#endingSince = performance.now();
      // At once, with all that is outstanding, and while the killer goes on.
      await (end === 'close' ? this.pool.close() : this.pool.terminate(this.#terminated));
      await this.#allSettled();
      await this.#lookAtPool();
    } finally {
      clearInterval(watchdog);
      await this.killer?.end();
    }
    this.#lookAtNotes();
    const { submitted, retried } = this.pool.stats();
    tally.tasks += submitted;
    tally.retried += retried;
  }

  async #submit(): Promise<void> {
    const { ms, kind } = this.#plan;
    const until = performance.now() + ms;
    let most = 0;
    let nextMood = 0;
    // A thread is replaced sooner than a process, and nobody kills any from outside.
    const everyMs = kind === 'process' ? 700 : 300;
    let nextDeadly = performance.now() + everyMs;
    while (performance.now() < until) {
      if (performance.now() > nextDeadly) {
        nextDeadly = performance.now() + 2 * this.chance() * everyMs;
        this.#begin(choose(this.#deadlyKinds, this.chance));
      }
      // At times there is little to do, so that tasks start at once; at times much, so that they wait.
      if (performance.now() > nextMood) {
        nextMood = performance.now() + between(this.chance, 100, 2_000);
        most = this.chance() < 0.5 ? between(this.chance, 1, 12) : between(this.chance, 12, 200);
      }
      for (let left = between(this.chance, 1, most); left > 0 && this.#outstanding.size < most; left--)
        this.#begin(choose(this.#kinds, this.chance));
      // And at times nothing.
      if (this.chance() < 0.002) await this.#allSettled().then(() => sleepFor(100));
      else await new Promise<void>((resolve) => (this.#wake = resolve));
      if (!this.#isRefused) continue;
      this.#isRefused = false;
      most = 1;
      await sleepFor(50);
    }
  }

  #begin(kind: Kind): void {
    const one: Outstanding = { kind, work: kind.begin(this), since: performance.now() };
    this.#outstanding.add(one);
    const { promise } = one.work;
    promise.then(
      (value) => this.#ended(one, { status: 'fulfilled', value }),
      (reason: unknown) => this.#ended(one, { status: 'rejected', reason }),
    );
  }

  #ended(one: Outstanding, end: End): void {
    const { kind, work } = one;
    const { tally } = this.#plan;
    if (!this.#outstanding.delete(one)) tally.fail(`${kind.name}: it settled twice`);
    tally.count(kind.name, end);
    if (!work.mayBe(end) && !this.#isExcusedEnd(one, end)) tally.fail(`${kind.name}, id ${work.id}: ${inWords(end)}`);
    if (work.id !== undefined) {
      if (work.neverBegan?.(end) === true) this.#neverBegan.add(work.id);
      else if (end.status === 'rejected' && isCrash(end.reason)) this.#crashed.set(work.id, kind.name);
    }
    this.#wake();
  }

  #isExcusedEnd({ kind, work }: Outstanding, end: End): boolean {
    if (end.status === 'fulfilled') return false;
    const { reason } = end;
    if (this.isExcused(reason) || (isCrash(reason) && work.isHardy !== true)) return true;
    // It counts for a worker, also for one that never came up.
    return (
      kind.name === 'broadcast' && reason instanceof WorkerStartError && this.killer?.mayHaveKilledAtStart === true
    );
  }

  async #allSettled(): Promise<void> {
    while (this.#outstanding.size > 0) await sleepFor(5);
  }

  async #lookAtPool(): Promise<void> {
    const { tally } = this.#plan;
    const { state, submitted, fulfilled, failed, queued, backingOff, inFlight, workers } = this.pool.stats();
    const rest = {
      state,
      queued,
      backingOff,
      inFlight,
      workers: workers.length,
      unsettled: submitted - fulfilled - failed,
    };
    const none = { state: 'closed', queued: 0, backingOff: 0, inFlight: 0, workers: 0, unsettled: 0 };
    if (!isDeepStrictEqual(rest, none)) tally.fail(`the pool that has ended is left with ${JSON.stringify(rest)}`);
    const [late] = await Promise.allSettled([this.pool.run(tiny, 0)]);
    if (!(late.status === 'rejected' && late.reason instanceof PoolClosedError))
      tally.fail(`a pool that has ended takes a task: ${inWords(late)}`);
  }

  #lookAtNotes(): void {
    const { tally } = this.#plan;
    const { begun, twice } = this.#notes.read();
    this.#notes.remove();
    for (const attempt of twice) tally.fail(`id and attempt ${attempt}: it began twice`);
    for (const id of this.#neverBegan) if (begun.has(id)) tally.fail(`id ${id}: it began, and must not have`);
    const unbegun = [...this.#crashed].filter(([id]) => !begun.has(id)).map(([, name]) => name);
    console.log(
      `  ${this.#crashed.size} tasks crashed, of which ${unbegun.length} did not come to note that they began: ${unbegun.join(', ')}`,
    );
  }

  #watch(): void {
    const { tally } = this.#plan;
    tally.workers = Math.max(tally.workers, ...this.pool.stats().workers.map(({ id }) => id));
    const since = performance.now() - this.#hangMs;
    const hanging = [...this.#outstanding].filter((one) => one.since < since);
    if (hanging.length === 0 && this.#endingSince > since) return;
    const works = hanging.map(({ kind, work }) => `${kind.name} (id ${work.id})`);
    console.log(`After ${this.#hangMs} ms these have not settled, or the pool has not ended: ${works.join(', ')}`);
    console.log(this.pool.inspect());
    process.exit(1);
  }
}

// A steady load on one pool, for a long time. What comes of it is looked at as in chaos; nobody kills its workers but its own tasks.
import { setTimeout as sleepFor } from 'node:timers/promises';

import { Pool, PoolClosedError } from '../../src/index.ts';
import { choose, kindsFor } from './kinds.ts';
import type { Tally } from './tally.ts';
import { inWords, isCrash, type End, type FarKind, type Kind, type Scene } from './work.ts';

const atOnce = 6;
/** Between two works, so that the machine has as much to do at the end as at the beginning. */
const pauseMs = 8;
const everyDeadlyMs = 10_000;

export class Load implements Scene {
  readonly pool: Pool;
  readonly chance: () => number;
  readonly kind: FarKind;
  /** Some of its tasks take their worker down. Where none do the workers live for as long as the load. */
  readonly isDeadly: boolean;
  readonly #tally: Tally;
  readonly #kinds: readonly Kind[];
  readonly #deadlyKinds: readonly Kind[];
  #ids = 0;
  /** Works under way. */
  #busy = 0;
  /** Settled when work may begin again, where it may not for now. */
  #pause: Promise<void> | undefined;
  #isEnding = false;

  constructor(kind: FarKind, isDeadly: boolean, chance: () => number, tally: Tally) {
    this.kind = kind;
    this.isDeadly = isDeadly;
    this.chance = chance;
    this.#tally = tally;
    this.#kinds = kindsFor(kind, false);
    this.#deadlyKinds = kindsFor(kind, true);
    this.pool = new Pool({
      kind,
      workers: 2,
      concurrency: 8,
      // However busy the machine is: in a calm pool what is told to end does in that time, so that no worker is ended.
      graceMs: isDeadly ? 1_000 : 10_000,
      resourceLimits: { maxOldGenerationSizeMb: 96 },
      name: `soak ${this.name}`,
    });
  }

  get name(): string {
    return `${this.kind}, ${this.isDeadly ? 'deadly' : 'calm'}`;
  }

  readonly newId = (): number => ++this.#ids;

  isExcused(reason: unknown): boolean {
    return this.#isEnding && reason instanceof PoolClosedError;
  }

  /** Resolves when the time is up and the pool is closed. */
  async runFor(ms: number): Promise<void> {
    const until = performance.now() + ms;
    const lanes = Array.from({ length: atOnce }, () => this.#oneAfterAnother(this.#kinds, until, pauseMs));
    if (this.isDeadly) lanes.push(this.#oneAfterAnother(this.#deadlyKinds, until, everyDeadlyMs));
    await Promise.all(lanes);
    this.#isEnding = true;
    await this.pool.close();
    const { submitted, fulfilled, failed, retried } = this.pool.stats();
    this.#tally.tasks += submitted;
    this.#tally.retried += retried;
    if (submitted !== fulfilled + failed) this.#tally.fail(`${this.name}: of ${submitted} tasks not all have settled`);
  }

  /** Begins nothing new, and resolves when nothing is under way: with what to call for it to go on. */
  async rest(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pause = promise;
    while (this.#busy > 0) await sleepFor(5);
    return () => {
      this.#pause = undefined;
      resolve();
    };
  }

  async #oneAfterAnother(kinds: readonly Kind[], until: number, eachMs: number): Promise<void> {
    for (;;) {
      const leftMs = until - performance.now();
      await sleepFor(Math.max(0, Math.min(leftMs, 2 * this.chance() * eachMs)));
      await this.#pause;
      if (performance.now() >= until) return;
      const kind = choose(kinds, this.chance);
      this.#busy++;
      const work = kind.begin(this);
      const [end] = await Promise.allSettled([work.promise]);
      this.#busy--;
      this.#tally.count(`${this.name}: ${kind.name}`, end);
      if (!work.mayBe(end) && !this.#isBystander(end, work.isHardy === true))
        this.#tally.fail(`${this.name}: ${kind.name}: ${inWords(end)}`);
    }
  }

  /** It went down with a worker that another task took down. */
  #isBystander(end: End, isHardy: boolean): boolean {
    return this.isDeadly && !isHardy && end.status === 'rejected' && isCrash(end.reason);
  }
}

// How a worker is: its memory, how busy its loop is, and how long it was held. It is asked some times in a second, while there is
// work in the pool, and tells what it has counted since it was started. What it says is kept for a while, so that a figure is of
// the last second whoever asks for it, and however often.
import type { Pong } from '../wire/messages.ts';

/** The looks of the pool are a little further apart. */
const askEveryMs = 200;
/** Of so long the figures are. */
const windowMs = 1_000;
/** The greatest lag is of a little longer: what was said late is to be in one of two figures that are a second apart. */
const lagWindowMs = windowMs + 250;
/** Who has not been asked for so long has nothing to do. */
const staleMs = 2_000;
/** Said within so short a time it counts as said at once. */
const oneMomentMs = 100;
const kept = 16;

/** What a worker has said at one moment. */
interface Said {
  readonly at: number;
  /** How long its loop had been at work by then, and how long it had been idle, since it began. */
  readonly activeMs: number;
  readonly idleMs: number;
  /** How long it was held, at the most, since it had said so before. */
  readonly lagMs: number;
}

export class Vitals {
  /** The memory of its process, in bytes; for a thread, of the process that it shares. 0 where it has not said yet. */
  rssBytes = 0;
  /** The last so many, one after the other; the place of the next is the number of all, modulo that. */
  readonly #said: Said[] = [];
  #count = 0;
  /** Since when it owes an answer, and for how long it had done so at the last look: then it was held. */
  #askedAt: number | undefined;
  #lookedAt = -Infinity;
  #heldMs = 0;

  /** To be called now and then, when all that the worker has said was heard. True where it is to be asked now. */
  look(now: number): boolean {
    if (this.#askedAt !== undefined) this.#heldMs = now - this.#askedAt;
    else if (now - this.#lookedAt >= askEveryMs) {
      // What it said before a pause is nothing to measure from.
      if (this.#isStale(now)) this.#count = 0;
      this.#askedAt = this.#lookedAt = now;
      return true;
    }
    return false;
  }

  hear({ rssBytes, activeMs, idleMs, lagMs: ownLagMs }: Pong, now: number): void {
    this.rssBytes = rssBytes;
    const last = this.#ago(1);
    // At first nothing is known but how long it took to answer: the rest is of its start, or of a pause.
    const lagMs = last === undefined ? this.#heldMs : Math.max(ownLagMs, this.#heldMs);
    this.#askedAt = undefined;
    this.#heldMs = 0;
    if (last !== undefined && now - (this.#ago(2)?.at ?? -Infinity) < oneMomentMs) {
      this.#said[(this.#count - 1) % kept] = { at: now, activeMs, idleMs, lagMs: Math.max(last.lagMs, lagMs) };
    } else this.#said[this.#count++ % kept] = { at: now, activeMs, idleMs, lagMs };
  }

  /** Which part of the last second its loop was at work, from 0 to 1. */
  utilization(now: number): number {
    const last = this.#ago(1);
    if (this.#isStale(now)) return 0;
    const heldMs = Math.min(windowMs, this.#heldMs);
    let first = last;
    for (let ago = 2; totalMs(last) - totalMs(first) + heldMs < windowMs; ago++) {
      const before = this.#ago(ago);
      if (before === undefined) break;
      first = before;
    }
    const activeMs = heldMs + (last?.activeMs ?? 0) - (first?.activeMs ?? 0);
    const spanMs = heldMs + totalMs(last) - totalMs(first);
    return spanMs > 0 ? Math.min(1, Math.max(0, activeMs / spanMs)) : 0;
  }

  /** How long its loop did not come back, at the most, in the last second. */
  lagMs(now: number): number {
    let most = this.#isStale(now) ? 0 : this.#heldMs;
    for (let ago = 1; ago <= kept; ago++) {
      const said = this.#ago(ago);
      if (said === undefined || now - said.at > lagWindowMs) break;
      most = Math.max(most, said.lagMs);
    }
    return most;
  }

  #isStale(now: number): boolean {
    return this.#askedAt === undefined && now - (this.#ago(1)?.at ?? -Infinity) > staleMs;
  }

  /** What it said so many times ago; 1 is the last. */
  #ago(times: number): Said | undefined {
    return times > this.#count || times > kept ? undefined : this.#said[(this.#count - times) % kept];
  }
}

function totalMs(said: Said | undefined): number {
  return said === undefined ? 0 : said.activeMs + said.idleMs;
}

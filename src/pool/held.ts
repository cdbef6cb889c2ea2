// Work that waits though no message will come that says so: behind a loop that is held, or for one that is slow to start. It is
// looked at again after a while, and what a held loop has not started goes to workers that have room.
import { arrayFilter, arraySome } from '../task/arrays.ts';
import { clearTimeout, performance, setTimeout } from '../task/platform.ts';
import { isFree } from './places.ts';
import { heldAfterMs, type Workers } from './workers.ts';

/** The share of a worker that starts, or loads a function for the first time, is kept no longer than this. */
export const shareKeptMs = 500;

export class Held {
  readonly #workers: Workers;
  readonly #concurrency: number;
  readonly #onLook: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(workers: Workers, concurrency: number, onLook: () => void) {
    this.#workers = workers;
    this.#concurrency = concurrency;
    this.#onLook = onLook;
  }

  /** Plans to look again, where there is a reason. `queued`: how many tasks wait for any worker. */
  plan(queued: number): void {
    if (this.#timer !== undefined || !this.#mustLook(queued)) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onLook();
    }, 2 * heldAfterMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #mustLook(queued: number): boolean {
    const { hosts, mayGrow } = this.#workers;
    const keptSince = performance.now() - shareKeptMs;
    for (const { tasks, startedAt } of hosts) {
      if (queued === 0 && hosts.length > 1 && tasks.functions.isAnyLoading) return true;
      if (tasks.silentSince !== undefined && (queued === 0 ? tasks.size > 1 : mayGrow)) return true;
      if (startedAt > keptSince && queued > 0) return true;
    }
    return false;
  }

  /** To be called where nothing waits for any worker. */
  takeBack(): void {
    const { hosts } = this.#workers;
    const free = arrayFilter(hosts, (host) => isFree(host, this.#concurrency));
    if (free.length === 0) return;
    const now = performance.now();
    for (const { tasks, startedAt } of hosts) {
      const silentMs = now - (tasks.silentSince ?? now);
      // To load a module holds the loop as well, but does not take for ever.
      if (silentMs > heldAfterMs) tasks.askingBack.unstarted(silentMs < shareKeptMs);
      // Where its share would be kept for it, only a worker that has nothing to do is given the task instead.
      const isShareKept = startedAt > now - shareKeptMs;
      if (!tasks.functions.isAnyLoading) continue;
      tasks.askingBack.loading(now - heldAfterMs, (fn) =>
        arraySome(free, (host) => host.tasks.functions.hasLoaded(fn) && (!isShareKept || host.tasks.size === 0)),
      );
    }
  }
}

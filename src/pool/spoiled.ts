// Workers in which a module failed to load. Node remembers that for as long as the worker lives: the module would fail there for
// ever, though what made it fail (a database, a file) may be back. So such a worker is replaced: not at once, for most modules
// that fail do so again, but when it is asked for the module again after a pause, which doubles each time.
import type { WorkerHost } from './worker-host.ts';

const firstPauseMs = 500;
const longestPauseMs = 60_000;

export class Spoiled {
  /** How often each module has failed to load, in a worker that had not tried before. */
  readonly #failures = new Map<string, number>();
  /** Until when a worker may go on as it is. */
  readonly #until = new WeakMap<WorkerHost, number>();

  /** A task has failed, for its module does not load in this worker. */
  failed(host: WorkerHost, url: string, now: number): void {
    const until = this.#until.get(host);
    if (until === undefined) {
      const failures = this.#failures.get(url) ?? 0;
      this.#failures.set(url, failures + 1);
      this.#until.set(host, now + Math.min(longestPauseMs, firstPauseMs * 2 ** failures));
    } else if (now >= until) host.retire();
  }
}

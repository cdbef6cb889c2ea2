// Which worker has which key. A key stays with its worker until that takes no more; then it moves to the one with the least to
// do, or of several of these to the one with the fewest keys.
import type { Key } from '../task/submission.ts';
import type { WorkerHost } from './worker-host.ts';

/** Keys without tasks are remembered up to so many; what was used longest ago is forgotten first. */
const remembered = 10_000;

interface Home {
  host: WorkerHost | undefined;
  /** Tasks of this key that have not ended. */
  pending: number;
}

export class Keys {
  /** Keys that have tasks. */
  readonly #busy = new Map<Key, Home>();
  /** Those that have none. The one that was used last is the last one. */
  readonly #idle = new Map<Key, Home>();
  readonly #counts = new WeakMap<WorkerHost, number>();

  /** The worker that has this key; undefined where none has, or it takes no more. */
  hostOf(key: Key): WorkerHost | undefined {
    const host = this.#busy.get(key)?.host;
    return host?.isStaying === true ? host : undefined;
  }

  /** From now on the worker has this key. */
  settle(key: Key, host: WorkerHost): void {
    const home = this.#busy.get(key);
    if (home === undefined) return;
    this.#count(home.host, -1);
    this.#count(host, 1);
    home.host = host;
  }

  /** How many keys a worker has. */
  countOf(host: WorkerHost): number {
    return this.#counts.get(host) ?? 0;
  }

  /** A task of this key was accepted. */
  accepted(key: Key): void {
    let home = this.#busy.get(key);
    if (home === undefined) {
      home = this.#idle.get(key) ?? { host: undefined, pending: 0 };
      this.#idle.delete(key);
      this.#busy.set(key, home);
    }
    home.pending++;
  }

  /** A task of a key has ended. */
  ended(key: Key): void {
    const home = this.#busy.get(key);
    if (home === undefined || --home.pending > 0) return;
    this.#busy.delete(key);
    this.#idle.set(key, home);
    if (this.#idle.size <= remembered) return;
    for (const [oldest, { host }] of this.#idle) {
      this.#idle.delete(oldest);
      this.#count(host, -1);
      return;
    }
  }

  #count(host: WorkerHost | undefined, by: number): void {
    if (host !== undefined) this.#counts.set(host, this.countOf(host) + by);
  }

  /** The worker with the least to do, of those that take more. */
  leastBusy(hosts: readonly WorkerHost[]): { host: WorkerHost; tasks: number } | undefined {
    let least: { host: WorkerHost; tasks: number } | undefined;
    for (const host of hosts) {
      if (!host.isStaying) continue;
      const tasks = host.tasks.size + host.pinned.size;
      const isLess = least === undefined || tasks < least.tasks;
      if (isLess || (tasks === least?.tasks && this.countOf(host) < this.countOf(least.host))) least = { host, tasks };
    }
    return least;
  }
}

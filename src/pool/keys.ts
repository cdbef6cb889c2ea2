// Which worker has which key. A key stays with its worker until that takes no more; then it moves to the one with the least to do.
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
  /** The key that was used last is the last one. */
  readonly #homes = new Map<Key, Home>();

  /** The worker that has this key; undefined where none has, or it takes no more. */
  hostOf(key: Key): WorkerHost | undefined {
    const host = this.#homes.get(key)?.host;
    return host?.isStaying === true ? host : undefined;
  }

  /** From now on the worker has this key. */
  settle(key: Key, host: WorkerHost): void {
    const home = this.#homes.get(key);
    if (home !== undefined) home.host = host;
  }

  /** A task of this key was accepted. */
  accepted(key: Key): void {
    const home = this.#homes.get(key) ?? { host: undefined, pending: 0 };
    home.pending++;
    this.#homes.delete(key);
    this.#homes.set(key, home);
    if (this.#homes.size > remembered) this.#forgetOne();
  }

  /** A task of a key has ended. */
  ended(key: Key): void {
    const home = this.#homes.get(key);
    if (home !== undefined) home.pending--;
  }

  #forgetOne(): void {
    for (const [key, { pending }] of this.#homes) {
      if (pending > 0) continue;
      this.#homes.delete(key);
      return;
    }
  }
}

/** The worker with the least to do, of those that take more. */
export function leastBusy(hosts: readonly WorkerHost[]): { host: WorkerHost; tasks: number } | undefined {
  let least: { host: WorkerHost; tasks: number } | undefined;
  for (const host of hosts) {
    if (!host.isStaying) continue;
    const tasks = host.tasks.size + host.pinned.size;
    if (least === undefined || tasks < least.tasks) least = { host, tasks };
  }
  return least;
}

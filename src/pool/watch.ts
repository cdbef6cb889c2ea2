// Watches workers for what they do not do: start in time, load a module in time, come back to their loop. One timer for a pool,
// and only while there is something to watch.
import { clearInterval, performance, setImmediate, setInterval } from '../task/platform.ts';
import type { FunctionReference } from '../task/task-function.ts';
import { workerResponsive, workerUnresponsive, type WorkerResponse } from './channels.ts';
import type { PoolSettings } from './options.ts';
import { runningTasks } from './stats.ts';
import { endIfStopped } from './stopped.ts';
import type { WorkerHost } from './worker-host.ts';
import type { Workers } from './workers.ts';

const shortestLookMs = 10;
const longestLookMs = 250;
/** A loop that has owed an answer for so long does not come back. */
const surelyHeldMs = 1_000;
/** So many looks within the shortest of the times that are watched. */
const looks = 5;

export interface WatchEvents {
  /** There are tasks that have not ended. */
  hasWork(): boolean;
  /** A worker has not loaded a function in time; its tasks there fail with that reason. */
  onNotLoaded(host: WorkerHost, fn: FunctionReference, reason: Error): void;
}

export class Watch {
  readonly #settings: PoolSettings;
  readonly #workers: Workers;
  readonly #events: WatchEvents;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  readonly #look = (): void => this.#lookAtAll();

  constructor(settings: PoolSettings, workers: Workers, events: WatchEvents) {
    this.#events = events;
    this.#settings = settings;
    this.#workers = workers;
    const { setupTimeoutMs, loadTimeoutMs, unresponsiveMs } = settings;
    const shortest = Math.min(setupTimeoutMs, loadTimeoutMs, unresponsiveMs);
    this.#everyMs = Math.min(longestLookMs, Math.max(shortestLookMs, shortest / looks));
  }

  /** There is something to watch. */
  wake(): void {
    // If our own loop was held, they may have spoken and not been heard yet. So all that has come is heard first.
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => setImmediate(this.#look), this.#everyMs).unref();
    const now = performance.now();
    // They are asked before they are given anything: there was nothing to watch, so nobody knows how they are.
    for (const host of this.#workers.all) if (host.state !== 'starting' && host.vitals.look(now)) host.ping();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAtAll(): void {
    if (this.#timer === undefined) return;
    const now = performance.now();
    let isBusy = this.#events.hasWork();
    for (const host of this.#workers.all) {
      if (host.state === 'starting') {
        isBusy = true;
        this.#lookAtStart(host, now);
      } else {
        this.#lookAtModules(host, now);
        this.#lookAtLoop(host, now);
        this.#lookAtVitals(host, now);
        isBusy ||= host.hungAtLoad !== undefined;
      }
    }
    if (!isBusy) this.stop();
  }

  #lookAtStart(host: WorkerHost, now: number): void {
    const { setupTimeoutMs, loadTimeoutMs, setup } = this.#settings;
    if (host.setupSince === undefined) {
      if (now - host.startedAt > loadTimeoutMs)
        host.endBecause(tooLong('it was not up', loadTimeoutMs, 'loadTimeoutMs'));
    } else if (now - host.setupSince > setupTimeoutMs)
      host.endBecause(tooLong(`its setup, \`${setup?.fn.name}\`, had not ended`, setupTimeoutMs, 'setupTimeoutMs'));
  }

  #lookAtModules(host: WorkerHost, now: number): void {
    const { loadTimeoutMs, unresponsiveMs } = this.#settings;
    if (host.ended !== undefined) return;
    const heldMs = host.loop.heldMs(now);
    const holdsLoop = host.tasks.silentSince !== undefined || heldMs >= Math.min(unresponsiveMs, surelyHeldMs);
    // It owes an answer. Before long it has given it, or is held.
    if (heldMs > 0 && !holdsLoop) return;
    for (const fn of host.tasks.functions.loadingSince(now - loadTimeoutMs)) {
      const why = tooLong('it had not loaded', loadTimeoutMs, 'loadTimeoutMs');
      host.hungAtLoad = fn;
      if (holdsLoop) this.#endHeldAtLoad(host);
      host.tasks.askingBack.failLoading(host.tasks.functions.of(fn), why);
      this.#events.onNotLoaded(host, fn, why);
      // What was to be loaded after it has only waited for the loop, and is loaded by the next worker.
      if (holdsLoop) return;
    }
  }

  /** The module that it was to load holds its loop too, so it is of no use any more. */
  #endHeldAtLoad(host: WorkerHost): void {
    const what = `loading ${host.hungAtLoad?.url} holds its loop, and it had not loaded`;
    host.endBecause(tooLong(what, this.#settings.loadTimeoutMs, 'loadTimeoutMs'));
  }

  #lookAtVitals(host: WorkerHost, now: number): void {
    if (host.vitals.rssBytes > this.#settings.recycle.aboveRssBytes) host.recycle();
    else if (host.vitals.look(now)) host.ping();
  }

  #lookAtLoop(host: WorkerHost, now: number): void {
    const { loop, tasks } = host;
    if (loop.hasSpoken) host.hungAtLoad = undefined;
    if (loop.look(now, tasks.size > 0 || host.hungAtLoad !== undefined, tasks.silentSince)) host.ping();
    const heldMs = loop.heldMs(now);
    if (heldMs > 0 && tasks.size > 0) endIfStopped(host, now);
    const isUnresponsive = heldMs >= this.#settings.unresponsiveMs;
    if (isUnresponsive && host.hungAtLoad !== undefined) this.#endHeldAtLoad(host);
    if (isUnresponsive === loop.isUnresponsive) return;
    loop.isUnresponsive = isUnresponsive;
    const told = isUnresponsive ? workerUnresponsive : workerResponsive;
    if (!told.hasSubscribers) return;
    const { id, pid } = host;
    const response: WorkerResponse = {
      pool: this.#settings.name,
      worker: { id, pid },
      heldMs,
      running: runningTasks(host),
    };
    told.publish(response);
  }
}

function tooLong(what: string, ms: number, option: string): Error {
  return new Error(`${what} after ${ms} ms. If it needs longer, raise \`${option}\``);
}
